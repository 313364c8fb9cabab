//! Answers questions for names, as a name server does over TCP: each message after its length
//! ([RFC 1035, 4.2.2](https://www.rfc-editor.org/rfc/rfc1035#section-4.2.2)).

use std::{sync::Arc, time::Duration};

use simple_dns::{
    CLASS, Name, Packet, PacketFlag, QTYPE, RCODE, ResourceRecord, TYPE,
    rdata::{A, CNAME, RData, TXT},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{UnixListener, UnixStream},
    time,
};
use tracing::debug;

use super::answers::{Data, Found, Kind};
use crate::realm::Realm;

/// How long a question may take to be asked.
const ASKING: Duration = Duration::from_secs(5);
/// The longest question; names have 255 bytes at the most.
const LONGEST: usize = 1024;
/// The pause after a failed accept, most likely for want of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Answers an account's questions until it is dropped.
pub(crate) async fn serve(listener: UnixListener, realm: Arc<Realm>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let realm = realm.clone();
        tokio::spawn(async move {
            match time::timeout(ASKING, answer(stream, &realm)).await {
                Ok(Ok(())) => {}
                failed => debug!("a question for a name is not answered: {failed:?}"),
            }
        });
    }
}

async fn answer(mut stream: UnixStream, realm: &Realm) -> anyhow::Result<()> {
    let length = usize::from(stream.read_u16().await?);
    anyhow::ensure!(length <= LONGEST, "{length} bytes are no question");
    let mut question = vec![0; length];
    stream.read_exact(&mut question).await?;
    let message = reply(&question, |name, kind| realm.resolve(name, kind))?;
    stream.write_u16(u16::try_from(message.len())?).await?;
    stream.write_all(&message).await?;
    Ok(())
}

/// The reply to a question.
fn reply(
    question: &[u8],
    resolve: impl Fn(&str, Kind) -> Option<Vec<Found>>,
) -> anyhow::Result<Vec<u8>> {
    let asked = Packet::parse(question)?;
    let mut reply = Packet::new_reply(asked.id());
    reply.set_flags(PacketFlag::RECURSION_AVAILABLE | PacketFlag::AUTHORITATIVE_ANSWER);
    if asked.has_flags(PacketFlag::RECURSION_DESIRED) {
        reply.set_flags(PacketFlag::RECURSION_DESIRED);
    }
    let Some(first) = asked.questions.first() else {
        *reply.rcode_mut() = RCODE::FormatError;
        return Ok(reply.build_bytes_vec()?);
    };
    let kind = match first.qtype {
        QTYPE::TYPE(TYPE::A) => Kind::A,
        QTYPE::TYPE(TYPE::CNAME) => Kind::Cname,
        QTYPE::TYPE(TYPE::TXT) => Kind::Txt,
        _ => Kind::Other,
    };
    let found = resolve(&first.qname.to_string(), kind);
    if found.is_none() {
        *reply.rcode_mut() = RCODE::NameError;
    }
    reply.questions.push(first.clone());
    let found = found.unwrap_or_default();
    for one in &found {
        reply.answers.push(record(one)?);
    }
    Ok(reply.build_bytes_vec_compressed()?)
}

fn record(found: &Found) -> anyhow::Result<ResourceRecord<'_>> {
    let data = match &found.data {
        Data::A(address) => RData::A(A::from(*address)),
        Data::Cname(name) => RData::CNAME(CNAME(Name::new(name)?)),
        Data::Txt(text) => RData::TXT(TXT::new().with_string(text)?),
    };
    let name = Name::new(&found.name)?;
    Ok(ResourceRecord::new(name, CLASS::IN, found.ttl, data))
}

#[cfg(test)]
mod tests {
    use simple_dns::{CLASS, Name, Packet, Question, RCODE, TYPE, rdata::RData};

    use super::{Data, Found, Kind, reply};

    fn ask(name: &str, kind: TYPE) -> Vec<u8> {
        let mut packet = Packet::new_query(7);
        let name = Name::new(name).unwrap();
        let question = Question::new(name, kind.into(), CLASS::IN.into(), false);
        packet.questions.push(question);
        packet.build_bytes_vec().unwrap()
    }

    fn resolve(name: &str, kind: Kind) -> Option<Vec<Found>> {
        let found = |data| Found {
            name: name.to_owned(),
            ttl: 5,
            data,
        };
        (name == "www.example.com").then(|| match kind {
            Kind::A => vec![found(Data::A([203, 0, 113, 9].into()))],
            Kind::Txt => vec![found(Data::Txt("a text".into()))],
            Kind::Cname | Kind::Other => vec![],
        })
    }

    #[test]
    fn a_question_is_answered_with_what_was_found() {
        let message = reply(&ask("www.example.com", TYPE::A), resolve).unwrap();
        let packet = Packet::parse(&message).unwrap();
        assert_eq!((packet.id(), packet.rcode()), (7, RCODE::NoError));
        let RData::A(found) = &packet.answers[0].rdata else {
            panic!("{packet:?}")
        };
        assert_eq!(found.address, u32::from_be_bytes([203, 0, 113, 9]));
        let message = reply(&ask("www.example.com", TYPE::AAAA), resolve).unwrap();
        let packet = Packet::parse(&message).unwrap();
        assert_eq!((packet.rcode(), packet.answers.len()), (RCODE::NoError, 0));
    }

    #[test]
    fn a_name_that_is_not_there_is_said_not_to_be() {
        let message = reply(&ask("www.example.org", TYPE::A), resolve).unwrap();
        assert_eq!(Packet::parse(&message).unwrap().rcode(), RCODE::NameError);
        assert!(reply(b"no question", resolve).is_err());
    }
}
