//! Secrets at rest: XChaCha20-Poly1305, each value bound to the place it is stored in.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use chacha20poly1305::{
    AeadCore, Key, KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, OsRng, Payload},
};
use secrecy::{ExposeSecret, SecretString};

use crate::error::EncryptionError;

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;

/// Encrypts and decrypts what the database must not reveal.
#[derive(Clone)]
pub(crate) struct Cipher(XChaCha20Poly1305);

impl Cipher {
    /// From 32 bytes in base64, as an operator writes them.
    pub(crate) fn from_base64(key: &SecretString) -> Result<Self, EncryptionError> {
        let bytes = BASE64_STANDARD
            .decode(key.expose_secret().trim())
            .map_err(|_| EncryptionError::NotBase64)?;
        if bytes.len() != KEY_BYTES {
            return Err(EncryptionError::WrongLength(bytes.len()));
        }
        Ok(Self(XChaCha20Poly1305::new(Key::from_slice(&bytes))))
    }

    pub(crate) fn from_key_file(path: &Path) -> Result<Self, EncryptionError> {
        let text = std::fs::read_to_string(path).map_err(|source| EncryptionError::KeyFile {
            path: path.to_owned(),
            source,
        })?;
        Self::from_base64(&text.into())
    }

    /// Makes a key and writes it to a new file that only its owner may read.
    pub(crate) fn create_key_file(path: &Path) -> Result<Self, EncryptionError> {
        let key = XChaCha20Poly1305::generate_key(&mut OsRng);
        write_private(path, &BASE64_STANDARD.encode(key)).map_err(|source| {
            EncryptionError::KeyFile {
                path: path.to_owned(),
                source,
            }
        })?;
        Ok(Self(XChaCha20Poly1305::new(&key)))
    }

    /// Encrypts; `place` says where the result will be stored, and decrypting elsewhere fails.
    pub(crate) fn encrypt(&self, place: &str, plaintext: &str) -> Result<String, EncryptionError> {
        let nonce = XChaCha20Poly1305::generate_nonce(&mut OsRng);
        let payload = Payload {
            msg: plaintext.as_bytes(),
            aad: place.as_bytes(),
        };
        let ciphertext = self
            .0
            .encrypt(&nonce, payload)
            .map_err(|_| EncryptionError::Encrypt)?;
        Ok(BASE64_STANDARD.encode([nonce.as_slice(), &ciphertext].concat()))
    }

    pub(crate) fn decrypt(&self, place: &str, text: &str) -> Result<SecretString, EncryptionError> {
        let bytes = BASE64_STANDARD
            .decode(text)
            .map_err(|_| EncryptionError::Decrypt)?;
        let (nonce, ciphertext) = bytes
            .split_at_checked(NONCE_BYTES)
            .ok_or(EncryptionError::Decrypt)?;
        let payload = Payload {
            msg: ciphertext,
            aad: place.as_bytes(),
        };
        let plaintext = self
            .0
            .decrypt(XNonce::from_slice(nonce), payload)
            .map_err(|_| EncryptionError::Decrypt)?;
        let plaintext = String::from_utf8(plaintext).map_err(|_| EncryptionError::Decrypt)?;
        Ok(plaintext.into())
    }
}

/// The key file that belongs to a SQLite file: `okta.db` → `okta.key`.
pub(crate) fn key_file_beside(database: &Path) -> PathBuf {
    database.with_extension("key")
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    // Never over an existing key: it may be the only one that opens some database.
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cipher(byte: u8) -> Cipher {
        Cipher::from_base64(&BASE64_STANDARD.encode([byte; KEY_BYTES]).into()).unwrap()
    }

    #[test]
    fn what_is_encrypted_can_be_read_back() {
        let text = cipher(1).encrypt("here", "hunter2").unwrap();
        assert!(!text.contains("hunter2"));
        assert_eq!(
            cipher(1).decrypt("here", &text).unwrap().expose_secret(),
            "hunter2"
        );
    }

    #[test]
    fn another_key_another_place_or_a_changed_text_is_refused() {
        let text = cipher(1).encrypt("here", "hunter2").unwrap();
        assert!(matches!(
            cipher(2).decrypt("here", &text),
            Err(EncryptionError::Decrypt)
        ));
        assert!(matches!(
            cipher(1).decrypt("there", &text),
            Err(EncryptionError::Decrypt)
        ));
        let mut bytes = BASE64_STANDARD.decode(&text).unwrap();
        bytes[NONCE_BYTES] ^= 1;
        let changed = BASE64_STANDARD.encode(bytes);
        assert!(matches!(
            cipher(1).decrypt("here", &changed),
            Err(EncryptionError::Decrypt)
        ));
        assert!(matches!(
            cipher(1).decrypt("here", "c2hvcnQ="),
            Err(EncryptionError::Decrypt)
        ));
    }

    #[test]
    fn a_key_of_the_wrong_shape_is_named() {
        assert!(matches!(
            Cipher::from_base64(&"not base64!".to_owned().into()),
            Err(EncryptionError::NotBase64)
        ));
        assert!(matches!(
            Cipher::from_base64(&"c2hvcnQ=".to_owned().into()),
            Err(EncryptionError::WrongLength(5))
        ));
    }

    #[cfg(unix)]
    #[test]
    fn the_key_file_is_private_and_never_overwritten() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = key_file_beside(&dir.path().join("okta.db"));
        let text = Cipher::create_key_file(&path)
            .unwrap()
            .encrypt("here", "x")
            .unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert!(Cipher::create_key_file(&path).is_err());
        assert!(
            Cipher::from_key_file(&path)
                .unwrap()
                .decrypt("here", &text)
                .is_ok()
        );
    }
}
