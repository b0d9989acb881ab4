//! Which IP addresses are public: those that mean the same host to everybody on the internet.
//!
//! Source: the IANA special-purpose address registries for IPv4 and IPv6 (RFC 6890, RFC 8190), as of 2026, and
//! RFC 4291 for what of IPv6 is in use at all.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// IPv4 addresses that are not public: the first of each range, and how many bits all of it share.
const NOT_PUBLIC_V4: &[(Ipv4Addr, u32)] = &[
    (Ipv4Addr::UNSPECIFIED, 8), // this network; connects to the machine itself (RFC 791 §3.2)
    (Ipv4Addr::new(10, 0, 0, 0), 8), // private (RFC 1918)
    (Ipv4Addr::new(100, 64, 0, 0), 10), // shared behind a provider's NAT (RFC 6598)
    (Ipv4Addr::new(127, 0, 0, 0), 8), // loopback (RFC 1122 §3.2.1.3)
    (Ipv4Addr::new(168, 63, 129, 16), 32), // in no registry: a cloud's own services answer its machines here
    (Ipv4Addr::new(169, 254, 0, 0), 16), // link-local, and the metadata of most clouds (RFC 3927)
    (Ipv4Addr::new(172, 16, 0, 0), 12), // private (RFC 1918)
    (Ipv4Addr::new(192, 0, 0, 0), 24), // protocol assignments (RFC 6890 §2.1)
    (Ipv4Addr::new(192, 0, 2, 0), 24), // documentation, TEST-NET-1 (RFC 5737)
    (Ipv4Addr::new(192, 88, 99, 0), 24), // 6to4 relays, gone (RFC 7526)
    (Ipv4Addr::new(192, 168, 0, 0), 16), // private (RFC 1918)
    (Ipv4Addr::new(198, 18, 0, 0), 15), // benchmarks (RFC 2544)
    (Ipv4Addr::new(198, 51, 100, 0), 24), // documentation, TEST-NET-2 (RFC 5737)
    (Ipv4Addr::new(203, 0, 113, 0), 24), // documentation, TEST-NET-3 (RFC 5737)
    (Ipv4Addr::new(224, 0, 0, 0), 4), // multicast (RFC 5771)
    (Ipv4Addr::new(240, 0, 0, 0), 4), // reserved, and broadcast (RFC 1112 §4, RFC 919)
];

/// Global unicast: all of IPv6 that has been given out (RFC 4291 §2.4). Loopback, v4-mapped, v4-compatible, local,
/// link-local, site-local and multicast addresses all stand outside of it, and so does what comes to be
/// reserved later.
const GLOBAL_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// What of that is not public.
const NOT_PUBLIC_V6: &[(Ipv6Addr, u32)] = &[
    // Protocol assignments (RFC 2928): Teredo, which carries an IPv4 address that could be any (RFC 4380),
    // benchmarks (RFC 5180), ORCHID (RFC 4843, RFC 7343), anycast. No publisher is at one of them.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32), // documentation (RFC 3849)
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16), // 6to4, carries an IPv4 address (RFC 3056); gone (RFC 7526)
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20), // documentation (RFC 9637)
];

/// The well-known prefix of NAT64 (RFC 6052 §2.1). In a network without IPv4, every publisher that has only that
/// is reached by it, so what counts is the IPv4 address it carries. The prefix for local use, `64:ff9b:1::/48`
/// (RFC 8215), leads wherever a network's owner wants, and is not public.
const NAT64: (Ipv6Addr, u32) = (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);

/// Whether an address is public.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) if holds_v6(NAT64, address) => {
            let [.., a, b, c, d] = address.octets();
            is_public_v4(Ipv4Addr::new(a, b, c, d))
        }
        IpAddr::V6(address) => {
            holds_v6(GLOBAL_V6, address) && !NOT_PUBLIC_V6.iter().any(|range| holds_v6(*range, address))
        }
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let holds = |(first, bits): &(Ipv4Addr, u32)| (first.to_bits() ^ address.to_bits()) >> (32 - bits) == 0;
    !NOT_PUBLIC_V4.iter().any(holds)
}

fn holds_v6((first, bits): (Ipv6Addr, u32), address: Ipv6Addr) -> bool {
    (first.to_bits() ^ address.to_bits()) >> (128 - bits) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ranges by their first and last address: both are inside; those before and after are public, unless there
    /// is nothing public on that side.
    fn edges(ranges: &[(Option<&str>, &str, &str, Option<&str>)]) {
        let is_public = |text: &str| is_public(text.parse().unwrap_or_else(|_| panic!("{text}")));
        for (before, first, last, after) in ranges {
            assert!(!is_public(first) && !is_public(last), "{first} to {last}");
            for outside in [before, after].into_iter().flatten() {
                assert!(is_public(outside), "{outside}");
            }
        }
    }

    #[test]
    fn s06_every_special_range_of_ipv4_to_its_edges() {
        edges(&[
            (None, "0.0.0.0", "0.255.255.255", Some("1.0.0.0")),
            (Some("9.255.255.255"), "10.0.0.0", "10.255.255.255", Some("11.0.0.0")),
            (Some("100.63.255.255"), "100.64.0.0", "100.127.255.255", Some("100.128.0.0")),
            (Some("126.255.255.255"), "127.0.0.0", "127.255.255.255", Some("128.0.0.0")),
            (Some("168.63.129.15"), "168.63.129.16", "168.63.129.16", Some("168.63.129.17")),
            (Some("169.253.255.255"), "169.254.0.0", "169.254.255.255", Some("169.255.0.0")),
            (Some("172.15.255.255"), "172.16.0.0", "172.31.255.255", Some("172.32.0.0")),
            (Some("191.255.255.255"), "192.0.0.0", "192.0.0.255", Some("192.0.1.0")),
            (Some("192.0.1.255"), "192.0.2.0", "192.0.2.255", Some("192.0.3.0")),
            (Some("192.88.98.255"), "192.88.99.0", "192.88.99.255", Some("192.88.100.0")),
            (Some("192.167.255.255"), "192.168.0.0", "192.168.255.255", Some("192.169.0.0")),
            (Some("198.17.255.255"), "198.18.0.0", "198.19.255.255", Some("198.20.0.0")),
            (Some("198.51.99.255"), "198.51.100.0", "198.51.100.255", Some("198.51.101.0")),
            (Some("203.0.112.255"), "203.0.113.0", "203.0.113.255", Some("203.0.114.0")),
            (Some("223.255.255.255"), "224.0.0.0", "239.255.255.255", None),
            (None, "240.0.0.0", "255.255.255.255", None),
        ]);
    }

    /// Beside local, link-local, site-local and multicast addresses there is nothing that has been given out.
    #[test]
    fn s06_every_special_range_of_ipv6_to_its_edges() {
        edges(&[
            (None, "::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Some("2000::")),
            (
                Some("2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
                "2001::",
                "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
                Some("2001:200::"),
            ),
            (
                Some("2001:db7:ffff:ffff:ffff:ffff:ffff:ffff"),
                "2001:db8::",
                "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
                Some("2001:db9::"),
            ),
            (
                Some("3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
                "3fff::",
                "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff",
                Some("3fff:1000::"),
            ),
            (
                Some("3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
                "4000::",
                "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                None,
            ),
            (None, "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", None),
            (None, "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", None),
            (None, "fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", None),
            (None, "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", None),
        ]);
    }

    #[test]
    fn s04_loopback_and_ipv4_in_ipv6_are_not_public() {
        edges(&[
            (None, "::", "::1", None),
            (None, "::ffff:127.0.0.1", "::ffff:8.8.8.8", None),
            (None, "::127.0.0.1", "::8.8.8.8", None),
            (None, "::ffff:0:127.0.0.1", "::ffff:0:8.8.8.8", None),
        ]);
    }

    #[test]
    fn s05_what_translates_to_ipv4_is_not_public_unless_that_is() {
        edges(&[
            (
                Some("64:ff9b::9.255.255.255"),
                "64:ff9b::10.0.0.0",
                "64:ff9b::10.255.255.255",
                Some("64:ff9b::11.0.0.0"),
            ),
            (None, "64:ff9b::127.0.0.1", "64:ff9b::169.254.169.254", Some("64:ff9b::8.8.8.8")),
            (None, "64:ff9b:0:0:0:1::", "64:ff9b:0:0:0:1:808:808", None),
            (None, "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:808:808", None),
            (
                Some("2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
                "2002::",
                "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                Some("2003::"),
            ),
            (None, "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff", None),
        ]);
    }

    #[test]
    fn s07_metadata_is_not_public() {
        edges(&[
            (None, "169.254.169.254", "169.254.170.2", None),
            (None, "100.100.100.200", "192.0.0.192", None),
            (None, "fd00:ec2::254", "fd20:ce::254", None),
            (None, "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", None),
            (None, "2002:a9fe:a9fe::1", "168.63.129.16", None),
        ]);
    }
}
