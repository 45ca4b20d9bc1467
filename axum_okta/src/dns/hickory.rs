//! This machine's resolver.

use hickory_resolver::{TokioResolver, proto::rr::RData};

use super::LookUpError;

/// Asks anew each time: an admin has just made the record, and what was not there a minute ago would
/// be remembered.
pub(super) async fn txt_records(name: &str) -> Result<Vec<String>, LookUpError> {
    found_by(&TokioResolver::builder_tokio()?.build()?, name).await
}

async fn found_by(resolver: &TokioResolver, name: &str) -> Result<Vec<String>, LookUpError> {
    // With a dot at the end, no search domain is tried.
    let records = match resolver.txt_lookup(format!("{name}.")).await {
        Ok(records) => records,
        Err(error) if error.is_no_records_found() => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let answers = records.answers().iter();
    let texts = answers.filter_map(|record| match &record.data {
        RData::TXT(txt) => {
            let parts = txt.txt_data.iter();
            let bytes: Vec<u8> = parts.flat_map(|part| part.iter().copied()).collect();
            String::from_utf8(bytes).ok()
        }
        _ => None,
    });
    Ok(texts.collect())
}

#[cfg(test)]
mod tests {
    use hickory_resolver::{
        config::{NameServerConfig, ResolverConfig},
        net::runtime::TokioRuntimeProvider,
        proto::{
            op::{Message, ResponseCode},
            rr::{Name, Record, rdata::TXT},
        },
    };
    use tokio::net::UdpSocket;

    use super::*;

    const NAME: &str = "_okta-sign-in.acme.example.";

    /// A resolver whose name server gives this answer to every question.
    async fn resolver(code: ResponseCode, records: Vec<RData>) -> TokioResolver {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        tokio::spawn(async move {
            let mut question = [0; 512];
            loop {
                let (length, asker) = socket.recv_from(&mut question).await.unwrap();
                let asked = Message::from_vec(&question[..length]).unwrap();
                let mut answer = Message::response(asked.metadata.id, asked.metadata.op_code);
                answer.metadata.response_code = code;
                answer.add_queries(asked.queries);
                let name = Name::from_ascii(NAME).unwrap();
                answer.add_answers(
                    records
                        .iter()
                        .map(|data| Record::from_rdata(name.clone(), 60, data.clone())),
                );
                let answer = answer.to_vec().unwrap();
                socket.send_to(&answer, asker).await.unwrap();
            }
        });
        let mut server = NameServerConfig::udp(address.ip());
        server.connections[0].port = address.port();
        let config = ResolverConfig::from_name_servers(vec![server]);
        TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
            .build()
            .unwrap()
    }

    fn txt(parts: &[&[u8]]) -> RData {
        RData::TXT(TXT::from_bytes(parts.to_vec()))
    }

    async fn found(code: ResponseCode, records: Vec<RData>) -> Option<Vec<String>> {
        let resolver = resolver(code, records).await;
        let name = NAME.trim_end_matches('.');
        found_by(&resolver, name).await.ok()
    }

    #[tokio::test]
    async fn every_text_of_a_name_is_found_and_one_in_parts_is_one() {
        let records = vec![
            txt(&[b"v=spf1 -all"]),
            txt(&[b"okta-sign-in-", b"verification=1"]),
            txt(&[b"\xff"]),
        ];
        let found = found(ResponseCode::NoError, records).await.unwrap();
        assert_eq!(found, ["v=spf1 -all", "okta-sign-in-verification=1"]);
    }

    #[tokio::test]
    async fn a_name_without_texts_has_none() {
        let none = Some(Vec::new());
        assert_eq!(found(ResponseCode::NoError, Vec::new()).await, none);
        assert_eq!(found(ResponseCode::NXDomain, Vec::new()).await, none);
    }

    #[tokio::test]
    async fn a_name_server_that_fails_says_nothing_of_a_name() {
        for code in [ResponseCode::ServFail, ResponseCode::Refused] {
            assert_eq!(found(code, Vec::new()).await, None, "{code}");
        }
    }
}
