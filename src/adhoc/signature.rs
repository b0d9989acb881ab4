//! Signatures of addresses: whoever has the key allows what the address says, and nothing else.
//!
//! Source: RFC 2104 *HMAC*, with SHA-256; RFC 4648 §5 *base64url*, without padding.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::config::Key;

/// What is signed before the query: the key signs nothing else in this way, and what queries mean may change.
const CONTEXT: &[u8] = b"limpid /clean 1\n";

/// The signature of a query.
pub fn sign(key: &Key, query: &str) -> String {
    URL_SAFE_NO_PAD.encode(mac(key, query).finalize().into_bytes())
}

/// Whether a signature is that of a query. It takes as long whatever is wrong with it.
pub fn fits(key: &Key, query: &str, signature: &str) -> bool {
    let signature = URL_SAFE_NO_PAD.decode(signature);
    signature.is_ok_and(|signature| mac(key, query).verify_slice(&signature).is_ok())
}

fn mac(key: &Key, query: &str) -> Hmac<Sha256> {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key.bytes()).expect("a key of HMAC can have any length (RFC 2104 §2)");
    mac.update(CONTEXT);
    mac.update(query.as_bytes());
    mac
}
