//! The ways to publishers: directly or through a proxy, each with connections of its own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

use super::connect::{self, BoundClient};
use super::guard::{Bounds, Network};
use crate::config::Proxy;
use crate::feed::articles::Reach;

/// A client, and the bounds that it stays within.
#[derive(Clone, Debug)]
pub struct Way {
    /// Where it may lead.
    pub bounds: Bounds,
    /// What asks.
    pub client: BoundClient,
}

/// What tells one way from another: the proxy, and how far it leads.
type Key = (Option<Proxy>, Reach);

/// Every way that has been gone, for the next time. There are as many as there are proxies in the configuration.
#[derive(Clone, Debug)]
pub struct Ways {
    network: Arc<dyn Network>,
    tls: ClientConfig,
    roots: Arc<[CertificateDer<'static>]>,
    gone: Arc<Mutex<HashMap<Key, Way>>>,
}

impl Ways {
    /// Ways on this network, which trust the system's certificates and these.
    pub fn new(network: &Arc<dyn Network>, roots: &[CertificateDer<'static>]) -> Self {
        Ways { network: network.clone(), tls: tls(roots), roots: roots.into(), gone: Arc::default() }
    }

    /// The same where these certificates are trusted: with the same connections, unless they are others than before.
    #[must_use]
    pub fn trusting(&self, roots: &[CertificateDer<'static>]) -> Self {
        if *self.roots == *roots {
            return self.clone();
        }
        Ways::new(&self.network, roots)
    }

    /// The way through a proxy, or directly, that leads so far.
    pub fn way(&self, proxy: Option<&Proxy>, reach: Reach) -> Way {
        // A map is as good after a panic elsewhere as before.
        let mut gone = self.gone.lock().unwrap_or_else(PoisonError::into_inner);
        let way = gone.entry((proxy.cloned(), reach)).or_insert_with(|| {
            let bounds = Bounds::new(self.network.clone(), reach);
            Way { client: connect::client(bounds.clone(), proxy.cloned(), self.tls.clone()), bounds }
        });
        way.clone()
    }
}

/// TLS as the system trusts it. A machine without certificates can still read what is not behind TLS.
fn tls(more: &[CertificateDer<'static>]) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        tracing::warn!(
            "this machine has no root certificates (package ca-certificates): https sources will fail"
        );
    }
    roots.add_parsable_certificates(more.iter().cloned());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider supports the protocol versions it is shipped with")
        .with_root_certificates(roots)
        .with_no_client_auth()
}
