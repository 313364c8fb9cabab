//! Serving by TLS: the certificate, which may be renewed while the server runs.

use std::{fs, path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context as _, ensure};
use arc_swap::ArcSwap;
use tokio::time::sleep;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::{CryptoProvider, aws_lc_rs},
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
        server::{ClientHello, ResolvesServerCert},
        sign::CertifiedKey,
    },
};

use crate::config::Https;

/// How often it is looked whether the certificate was renewed; those who renew do so days before.
const LOOK: Duration = Duration::from_secs(60);

/// A certificate and its key, as they are in two files.
#[derive(Debug)]
struct Certificate {
    files: [PathBuf; 2],
    provider: Arc<CryptoProvider>,
    read: ArcSwap<Read>,
}

/// What was in the files.
#[derive(Debug)]
struct Read {
    bytes: [Vec<u8>; 2],
    key: Arc<CertifiedKey>,
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.read.load().key.clone())
    }
}

impl Certificate {
    fn open(files: [PathBuf; 2]) -> anyhow::Result<Self> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let read = read(&files, &provider)?;
        Ok(Self {
            files,
            provider,
            read: ArcSwap::from_pointee(read),
        })
    }

    /// Takes what is in the files now; what can't be used leaves everything as it is.
    fn renew(&self) {
        match read(&self.files, &self.provider) {
            Ok(new) if new.bytes == self.read.load().bytes => {}
            Ok(new) => {
                self.read.store(Arc::new(new));
                tracing::info!("the certificate was renewed");
            }
            Err(error) => tracing::warn!("the certificate stays as it was: {error:#}"),
        }
    }
}

fn read(files: &[PathBuf; 2], provider: &CryptoProvider) -> anyhow::Result<Read> {
    let [certificate, key] = files;
    let bytes = [certificate, key]
        .map(|file| fs::read(file).with_context(|| format!("read {}", file.display())));
    let [certificate_bytes, key_bytes] = bytes;
    let bytes = [certificate_bytes?, key_bytes?];
    let chain = CertificateDer::pem_slice_iter(&bytes[0]).collect::<Result<Vec<_>, _>>();
    let chain = chain.with_context(|| format!("read {}", certificate.display()))?;
    ensure!(
        !chain.is_empty(),
        "{} has no certificate",
        certificate.display()
    );
    let private = PrivateKeyDer::from_pem_slice(&bytes[1]);
    let private = private.with_context(|| format!("{} has no key", key.display()))?;
    // says so if the key is not that of the certificate
    let key = CertifiedKey::from_der(chain, private, provider)
        .with_context(|| format!("use {} with {}", key.display(), certificate.display()))?;
    Ok(Read {
        bytes,
        key: Arc::new(key),
    })
}

/// What agrees on keys with clients, by the settings; none when there is to be no TLS.
pub fn acceptor(https: &Https) -> anyhow::Result<Option<TlsAcceptor>> {
    let (Some(certificate), Some(key)) = (&https.certificate, &https.key) else {
        return Ok(None);
    };
    let certificate = Certificate::open([certificate.clone(), key.clone()])?;
    let certificate = Arc::new(certificate);
    let mut config = ServerConfig::builder_with_provider(certificate.provider.clone())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(certificate.clone());
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    tokio::spawn(async move {
        loop {
            sleep(LOOK).await;
            certificate.renew();
        }
    });
    Ok(Some(TlsAcceptor::from(Arc::new(config))))
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::Certificate;

    fn make(folder: &Path, name: &str) -> [std::path::PathBuf; 2] {
        let made = rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap();
        let files = ["cert.pem", "key.pem"].map(|file| folder.join(file));
        fs::write(&files[0], made.cert.pem()).unwrap();
        fs::write(&files[1], made.signing_key.serialize_pem()).unwrap();
        files
    }

    #[test]
    fn a_renewed_certificate_is_taken_and_half_of_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let files = make(folder.path(), "a.example");
        let certificate = Certificate::open(files.clone()).unwrap();
        let shown = || certificate.read.load().key.cert[0].to_vec();
        let first = shown();
        certificate.renew();
        assert_eq!(shown(), first);
        // the key of the new one is not there yet
        let old_key = fs::read(&files[1]).unwrap();
        make(folder.path(), "b.example");
        let new_key = fs::read(&files[1]).unwrap();
        fs::write(&files[1], old_key).unwrap();
        certificate.renew();
        assert_eq!(shown(), first);
        fs::write(&files[1], new_key).unwrap();
        certificate.renew();
        assert_ne!(shown(), first);
        fs::write(&files[0], "nothing").unwrap();
        certificate.renew();
        assert_ne!(shown(), first);
    }

    #[test]
    fn what_can_not_be_used_is_told_with_the_files_name() {
        let folder = tempfile::tempdir().unwrap();
        let files = make(folder.path(), "a.example");
        fs::write(&files[0], "nothing").unwrap();
        let error = Certificate::open(files.clone()).unwrap_err().to_string();
        assert!(error.ends_with("cert.pem has no certificate"), "{error}");
        fs::remove_file(&files[0]).unwrap();
        let error = Certificate::open(files).unwrap_err().to_string();
        assert!(
            error.starts_with("read ") && error.ends_with("cert.pem"),
            "{error}"
        );
    }
}
