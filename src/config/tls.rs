//! `[server] tls`: the certificate that limpid shows to readers.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use toml::Spanned;

use super::problem::Problem;
use super::raw;
use crate::decode::read_at_most;

/// The most bytes of a file of certificates, or of a key.
const MAX_FILE: usize = 1 << 20;

/// Reads certificate and key. What can not be used together is a mistake in the configuration: a running server stays
/// with the certificate it has.
pub(super) fn read(
    tls: &Spanned<raw::Tls>,
    folder: &Path,
    problems: &mut Vec<Problem>,
) -> Option<Arc<ServerConfig>> {
    let raw::Tls { cert, key } = tls.get_ref();
    let mut bytes = |name: &Spanned<String>| {
        let read = read_file(name.get_ref(), folder);
        read.map_err(|message| problems.push(Problem::new(message, name.span()))).ok()
    };
    let (chain, secret) = (bytes(cert), bytes(key));
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&chain?).collect();
    let chain = chain.ok().filter(|chain| !chain.is_empty());
    if chain.is_none() {
        problems.push(Problem::new(format!("`{}` holds no certificates (PEM)", cert.get_ref()), cert.span()));
    }
    let secret = PrivateKeyDer::from_pem_slice(&secret?).ok();
    if secret.is_none() {
        problems.push(Problem::new(format!("`{}` holds no private key (PEM)", key.get_ref()), key.span()));
    }
    let config = together(chain?, secret?);
    let refused =
        |error: rustls::Error| Problem::new(format!("certificate and key do not serve: {error}"), tls.span());
    config.map(Arc::new).map_err(|error| problems.push(refused(error))).ok()
}

fn together(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn read_file(name: &str, folder: &Path) -> Result<Vec<u8>, String> {
    let read = File::open(folder.join(name)).and_then(|file| read_at_most(file, MAX_FILE));
    let read = read.map_err(|error| format!("can not read `{name}`: {error}"))?;
    read.ok_or_else(|| format!("`{name}` is larger than certificates are: {MAX_FILE} bytes"))
}
