//! A small internet on this machine: names, the few addresses of it that count as public, and services that nobody
//! must connect to.

use std::collections::{HashMap, VecDeque};
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::{BoxFuture, ready};
use limpid::fetch::guard::{Internet, Network};

/// Names and addresses.
#[derive(Debug, Default)]
pub struct Town {
    names: Mutex<HashMap<String, VecDeque<Vec<SocketAddr>>>>,
    public: Vec<SocketAddr>,
    asked: Mutex<Vec<String>>,
}

impl Town {
    /// A town in which these addresses are public.
    pub fn with_public(public: &[SocketAddr]) -> Self {
        Town { public: public.to_vec(), ..Town::default() }
    }

    /// With a name, and what it stands for each time it is asked for; the last one is repeated.
    pub fn naming<const N: usize>(self, name: &str, answers: [&[SocketAddr]; N]) -> Self {
        let answers = answers.map(<[SocketAddr]>::to_vec).into();
        self.names.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), answers);
        self
    }

    /// Every name that has been looked up.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// For a proxy.
    pub fn network(self) -> (Arc<Town>, Arc<dyn Network>) {
        let town = Arc::new(self);
        (town.clone(), town)
    }
}

impl Network for Town {
    fn lookup(&self, name: String) -> BoxFuture<'_, io::Result<Vec<SocketAddr>>> {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let answers = names.get_mut(name.trim_end_matches('.'));
        let answer =
            answers.and_then(|all| if all.len() > 1 { all.pop_front() } else { all.front().cloned() });
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(name);
        Box::pin(ready(answer.ok_or_else(|| io::Error::other("there is no such name"))))
    }

    fn is_public(&self, address: SocketAddr) -> bool {
        self.public.contains(&address)
    }
}

/// The internet, where this machine is a part of it that everybody knows, and every `*.example` is this machine.
#[derive(Debug)]
pub struct OnTheNet;

impl OnTheNet {
    /// For a proxy.
    pub fn network() -> Arc<dyn Network> {
        Arc::new(OnTheNet)
    }
}

impl Network for OnTheNet {
    fn lookup(&self, name: String) -> BoxFuture<'_, io::Result<Vec<SocketAddr>>> {
        let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Box::pin(async move {
            if name.ends_with(".example") { Ok(vec![here]) } else { Internet.lookup(name).await }
        })
    }

    fn is_public(&self, _: SocketAddr) -> bool {
        true
    }
}

/// A service that nobody must connect to, at both loopback addresses where there are both.
#[derive(Debug)]
pub struct Trap {
    listeners: Vec<TcpListener>,
}

impl Trap {
    /// A trap at a port of its own.
    pub fn set() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut listeners = vec![listener];
        listeners.extend(TcpListener::bind((Ipv6Addr::LOCALHOST, port)));
        for listener in &listeners {
            listener.set_nonblocking(true).unwrap();
        }
        Trap { listeners }
    }

    /// Where it is.
    pub fn address(&self) -> SocketAddr {
        self.listeners[0].local_addr().unwrap()
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address().port()
    }

    /// Whether nobody has connected: the system accepts before the process does, so none can be missed.
    pub fn is_untouched(&self) -> bool {
        let waits = |listener: &TcpListener| {
            listener.accept().is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
        };
        self.listeners.iter().all(waits)
    }
}
