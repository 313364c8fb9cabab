//! TLS for clients that take nothing less: certificates of an authority of our own, and a listener.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;
use axum::serve::Listener;
use proxy::OverTls;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose,
};
use tokio::io;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

use crate::whole;

/// What the certificates are for: addresses of this machine alone.
const NAMES: [&str; 3] = ["127.0.0.1", "::1", "localhost"];

/// What is needed to be believed: an authority that is kept, and a certificate of it that is not.
pub(crate) struct Tls {
    /// The authority's certificate, which clients are to believe, as a PEM file.
    pub authority: PathBuf,
    acceptor: TlsAcceptor,
}

impl Tls {
    /// Reads the authority in a folder, or makes one, and a new certificate.
    pub fn open(folder: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(folder).context("make the folder of the authority")?;
        let authority = folder.join("ca.pem");
        let key = key(&folder.join("ca.key"))?;
        let params = params();
        if !authority.exists() {
            let certificate = params.self_signed(&key).context("make the authority")?;
            whole::keep(&authority, certificate.pem().as_bytes(), 0o644)?;
        }
        // the issuer's name and key are all that a certificate takes from it
        let issuer = Issuer::new(params, key);
        let acceptor = TlsAcceptor::from(Arc::new(config(&issuer)?));
        Ok(Self {
            authority,
            acceptor,
        })
    }

    /// Listens through TLS on what another listener hears.
    pub fn over<L: Listener>(&self, inner: L) -> OverTls<L::Io, L::Addr>
    where
        L::Io: 'static,
        L::Addr: Send + 'static,
    {
        OverTls::new(inner, self.acceptor.clone())
    }
}

/// The authority's key, which is made when it is not there.
fn key(file: &Path) -> anyhow::Result<KeyPair> {
    match fs::read_to_string(file) {
        Ok(pem) => KeyPair::from_pem(&pem).with_context(|| format!("read {}", file.display())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = KeyPair::generate().context("make the authority's key")?;
            // a certificate of another key would be believed by nobody
            fs::remove_file(file.with_extension("pem")).ok(); // it may never have been there
            whole::keep(file, key.serialize_pem().as_bytes(), 0o600)?;
            Ok(key)
        }
        Err(error) => Err(error).with_context(|| format!("read {}", file.display())),
    }
}

fn params() -> CertificateParams {
    let mut params = CertificateParams::default();
    let mut name = DistinguishedName::new();
    name.push(
        DnType::CommonName,
        "The emulated cloud of a Manageacloud server",
    );
    params.distinguished_name = name;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn config(issuer: &Issuer<'_, KeyPair>) -> anyhow::Result<ServerConfig> {
    let mut params = CertificateParams::new(NAMES.map(str::to_owned))?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, NAMES[0]);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate()?;
    let certificate = params
        .signed_by(&key, issuer)
        .context("make a certificate")?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
