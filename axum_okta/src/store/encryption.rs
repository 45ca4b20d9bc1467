//! Secrets at rest: XChaCha20-Poly1305, each value bound to the place it is stored in.

use std::{
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use chacha20poly1305::{
    AeadCore, Key, KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, OsRng, Payload},
};
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use sqlx::Row;

use super::{OpenStoreError, StoreError, database::Pool};

/// What is wrong with the key that encrypts secrets, or with what it should open.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncryptionError {
    /// There is no key, and no file to keep one in.
    #[error(
        "this database needs an encryption key. Make one with: openssl rand -base64 32, and give the same one to \
         every server, as OKTA_ENCRYPTION_KEY"
    )]
    Missing,
    /// Not base64.
    #[error("the encryption key is not valid base64. Create a key with: openssl rand -base64 32")]
    NotBase64,
    /// Not 32 bytes.
    #[error(
        "the encryption key has {0} bytes instead of 32. Create a key with: openssl rand -base64 32"
    )]
    WrongLength(usize),
    /// The key file cannot be read or made.
    #[error(
        "the key file {path} can't be used. Check that it exists and that this process can read it"
    )]
    KeyFile {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The database has secrets, and the file with their key is gone.
    #[error(
        "the database contains secrets, but its key file {0} is missing. Restore the file, or set the encryption key \
         to its content. If the key is lost, move the database away and connect Okta again"
    )]
    KeyFileMissing(PathBuf),
    /// The key is not the one the database was encrypted with.
    #[error(
        "the encryption key is not the one that this database was encrypted with. Set the previous key, or restore its \
         key file. Nothing was changed"
    )]
    WrongKey,
    /// Encryption failed.
    #[error(
        "a secret couldn't be encrypted. Nothing was stored. If it happens again, restart this server"
    )]
    Encrypt,
    /// Decryption failed.
    #[error("a stored secret can't be decrypted: it was changed, or encrypted with another key")]
    Decrypt,
}

/// Encrypted once with the key in use, so that another key is noticed before it does harm.
pub(super) const KEY_CHECK: &str = "key_check";

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;

/// Encrypts and decrypts what the database must not reveal.
#[derive(Clone)]
pub(crate) struct Cipher {
    cipher: XChaCha20Poly1305,
    tags: Hmac<Sha256>,
}

impl Cipher {
    fn new(key: &[u8]) -> Result<Self, EncryptionError> {
        if key.len() != KEY_BYTES {
            return Err(EncryptionError::WrongLength(key.len()));
        }
        let wrong_length = |_| EncryptionError::WrongLength(key.len());
        // A key of its own for tags, so that the one key serves one algorithm each.
        let mut derive = <Hmac<Sha256> as Mac>::new_from_slice(key).map_err(wrong_length)?;
        derive.update(b"axum_okta/tags");
        let tag_key = derive.finalize().into_bytes();
        Ok(Self {
            cipher: XChaCha20Poly1305::new(Key::from_slice(key)),
            tags: <Hmac<Sha256> as Mac>::new_from_slice(&tag_key).map_err(wrong_length)?,
        })
    }

    /// From 32 bytes in base64, as an operator writes them.
    pub(crate) fn from_base64(key: &SecretString) -> Result<Self, EncryptionError> {
        let bytes = BASE64_STANDARD
            .decode(key.expose_secret().trim())
            .map_err(|_| EncryptionError::NotBase64)?;
        Self::new(&bytes)
    }

    pub(crate) fn from_key_file(path: &Path) -> Result<Self, EncryptionError> {
        let text = std::fs::read_to_string(path).map_err(|source| EncryptionError::KeyFile {
            path: path.to_owned(),
            source,
        })?;
        Self::from_base64(&text.into())
    }

    /// Makes a key and writes it to a new file that only its owner may read. Where another process
    /// was faster, its key is the one.
    pub(crate) fn create_key_file(path: &Path) -> Result<Self, EncryptionError> {
        let key = XChaCha20Poly1305::generate_key(&mut OsRng);
        match write_private(path, &BASE64_STANDARD.encode(key)) {
            Ok(()) => Self::new(&key),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Self::from_key_file(path),
            Err(source) => Err(EncryptionError::KeyFile {
                path: path.to_owned(),
                source,
            }),
        }
    }

    /// What nobody without the key can make of the message.
    pub(crate) fn tag(&self, message: &[u8]) -> [u8; 32] {
        let mut tag = self.tags.clone();
        tag.update(message);
        tag.finalize().into_bytes().into()
    }

    /// Encrypts; `place` says where the result will be stored, and decrypting elsewhere fails.
    pub(crate) fn encrypt(&self, place: &str, plaintext: &str) -> Result<String, EncryptionError> {
        let nonce = XChaCha20Poly1305::generate_nonce(&mut OsRng);
        let payload = Payload {
            msg: plaintext.as_bytes(),
            aad: place.as_bytes(),
        };
        let ciphertext = self
            .cipher
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
            .cipher
            .decrypt(XNonce::from_slice(nonce), payload)
            .map_err(|_| EncryptionError::Decrypt)?;
        let plaintext = String::from_utf8(plaintext).map_err(|_| EncryptionError::Decrypt)?;
        Ok(plaintext.into())
    }
}

/// Where the key comes from.
pub(super) enum KeySource<'k> {
    Given(&'k SecretString),
    File(PathBuf),
}

impl<'k> KeySource<'k> {
    pub(super) fn new(
        given: Option<&'k SecretString>,
        file: Option<PathBuf>,
    ) -> Result<Self, EncryptionError> {
        match given {
            Some(key) => Ok(Self::Given(key)),
            None => file.map(Self::File).ok_or(EncryptionError::Missing),
        }
    }
}

/// The whole key or no file: it gets its name when it is complete. Never over an existing one,
/// which may be the only key that opens some database.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let unfinished = path.with_extension(format!("key.{}", crate::random_token()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let write = |path: &Path| {
        let mut file = options.open(path)?;
        let written = file
            .write_all(text.as_bytes())
            .and_then(|()| file.sync_all());
        written.inspect_err(|_| {
            let _removed = std::fs::remove_file(path);
        })
    };
    write(&unfinished)?;
    let named = std::fs::hard_link(&unfinished, path);
    // What is left of it is a second copy at worst, as private as the first.
    let _removed = std::fs::remove_file(&unfinished);
    match named {
        // Some network file systems have no links: there it is written in place.
        Err(error) if error.kind() != ErrorKind::AlreadyExists => write(path),
        named => named,
    }
}

/// The cipher for this database: of the given key, of the key file, or of a new key file if the
/// database is new.
pub(super) async fn fitting_cipher(
    pool: &Pool,
    key: KeySource<'_>,
) -> Result<Cipher, OpenStoreError> {
    let sealed = key_check(pool).await?;
    let cipher = match key {
        KeySource::Given(key) => Cipher::from_base64(key)?,
        KeySource::File(file) if file.exists() => Cipher::from_key_file(&file)?,
        KeySource::File(file) if sealed.is_some() => {
            return Err(EncryptionError::KeyFileMissing(file).into());
        }
        KeySource::File(file) => Cipher::create_key_file(&file)?,
    };
    let sealed = match sealed {
        Some(sealed) => sealed,
        None => {
            let sealed = cipher.encrypt(KEY_CHECK, KEY_CHECK)?;
            sqlx::query(
                "INSERT INTO okta_setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
            )
            .bind(KEY_CHECK)
            .bind(&sealed)
            .execute(pool)
            .await?;
            // Another process may have been faster, with a key of its own.
            key_check(pool).await?.unwrap_or(sealed)
        }
    };
    cipher
        .decrypt(KEY_CHECK, &sealed)
        .map_err(|_| EncryptionError::WrongKey)?;
    Ok(cipher)
}

async fn key_check(pool: &Pool) -> Result<Option<String>, StoreError> {
    let row = sqlx::query("SELECT value FROM okta_setting WHERE name = $1")
        .bind(KEY_CHECK)
        .fetch_optional(pool)
        .await?;
    Ok(row.map(|row| row.try_get("value")).transpose()?)
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
        let path = dir.path().join("okta.key");
        let text = Cipher::create_key_file(&path)
            .unwrap()
            .encrypt("here", "x")
            .unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        // Of two that start at once, both have the key of the faster one.
        let written = std::fs::read(&path).unwrap();
        let second = Cipher::create_key_file(&path).unwrap();
        assert!(second.decrypt("here", &text).is_ok());
        assert_eq!(std::fs::read(&path).unwrap(), written);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
        assert!(
            Cipher::from_key_file(&path)
                .unwrap()
                .decrypt("here", &text)
                .is_ok()
        );
    }
}
