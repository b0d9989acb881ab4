//! Certificates that are trusted beside those of the system: `tls-roots` of `[fetch]`.

use std::fs::File;
use std::path::Path;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use toml::Spanned;

use super::problem::Problem;
use crate::decode::read_at_most;

/// The most bytes of a file: those of whole systems have a quarter of it.
const MOST: usize = 1 << 20;

/// Reads the files, each with at least one certificate, in PEM. They are relative to `folder`.
pub(super) fn read(
    files: &[Spanned<String>],
    folder: &Path,
    problems: &mut Vec<Problem>,
) -> Vec<CertificateDer<'static>> {
    let mut roots = Vec::new();
    for file in files {
        match certificates(&folder.join(file.get_ref())) {
            Ok(found) => roots.extend(found),
            Err(why) => {
                let message = format!("can not read `{}`: {why}", file.get_ref());
                problems.push(Problem::new(message, file.span()).help("tls-roots = [\"/path/to/ca.pem\"]"));
            }
        }
    }
    roots
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let read = File::open(path).and_then(|file| read_at_most(file, MOST));
    let pem = read.map_err(|error| error.to_string())?;
    let pem = pem.ok_or_else(|| format!("it is larger than {MOST} bytes"))?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let found = found.map_err(|error| format!("it is broken: {error}"))?;
    if found.is_empty() {
        return Err("there is no certificate in it".to_owned());
    }
    let mut store = RootCertStore::empty();
    let each = found.iter().try_for_each(|certificate| store.add(certificate.clone()));
    each.map_err(|error| format!("a certificate in it can not be trusted: {error}"))?;
    Ok(found)
}
