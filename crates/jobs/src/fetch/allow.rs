//! What the server may fetch: addresses that begin like one of a list, on hosts of the public network unless that list
//! names others. Asks no network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use anyhow::{Context, bail};
use hyper::Uri;

/// Beginnings of addresses, and networks beside the public one.
#[derive(Debug, Clone, Default)]
pub struct AllowList {
    prefixes: Vec<Address>,
    networks: Vec<(IpAddr, u32)>,
}

/// An address in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    pub is_tls: bool,
    /// In lower case; IPv6 without brackets.
    pub host: String,
    pub port: u16,
    /// From the first `/`; with the query.
    pub path: String,
}

impl AllowList {
    /// Entries are beginnings of addresses (`https://download.example.org/lod2/`) and networks (`10.1.0.0/16`) that a
    /// listed host may be in although they are not public.
    pub fn new(entries: &[String]) -> anyhow::Result<AllowList> {
        let mut list = AllowList::default();
        for entry in entries.iter().map(|entry| entry.trim()).filter(|entry| !entry.is_empty()) {
            match network(entry) {
                Some(network) => list.networks.push(network),
                None => list.prefixes.push(Address::parse(entry).with_context(|| {
                    format!("`{entry}` is neither the beginning of an address nor a network: write `https://host/path/` or `10.1.0.0/16`")
                })?),
            }
        }
        Ok(list)
    }

    /// The address in its parts, if it may be fetched.
    pub fn check(&self, url: &str) -> anyhow::Result<Address> {
        let address = Address::parse(url)?;
        if self.prefixes.is_empty() {
            bail!(
                "`{address}` is not fetched: no address may be; allow some with `--import-allow https://host/path/`, or \
                 upload the file, or put it into a folder given by `--import-folder`"
            );
        }
        if !self.prefixes.iter().any(|prefix| prefix.covers(&address)) {
            bail!(
                "`{address}` is not fetched: it begins like none of the addresses allowed by `--import-allow`"
            );
        }
        Ok(address)
    }

    /// Whether the host may be spoken to at this address of the network.
    pub fn may_contact(&self, address: &Address, ip: IpAddr) -> bool {
        // Whoever lists an address itself means it.
        let is_named = address.host == "localhost" || address.host.parse() == Ok(ip);
        is_named || is_public(ip) || self.networks.iter().any(|network| is_within(ip, *network))
    }
}

impl Address {
    pub fn parse(url: &str) -> anyhow::Result<Address> {
        let shown: String = url.chars().take(200).collect();
        let no_address = || format!("`{shown}` is no address");
        if url.len() > 4_096 || url.contains(['\\', '#']) || url.contains(char::is_whitespace) {
            bail!(no_address());
        }
        let uri: Uri = url.parse().with_context(no_address)?;
        let is_tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => bail!("{}: only https:// and http:// are fetched", no_address()),
        };
        let authority = uri.authority().with_context(no_address)?;
        if authority.as_str().contains('@') {
            bail!("`{}` holds a name or password, which is not supported", uri.host().unwrap_or_default());
        }
        let host = authority.host().trim_matches(['[', ']']).to_ascii_lowercase();
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        if host.is_empty() || climbs(uri.path()) {
            bail!(no_address());
        }
        Ok(Address { is_tls, host, port: uri.port_u16().unwrap_or(if is_tls { 443 } else { 80 }), path })
    }

    /// Where a redirect from here leads.
    pub fn join(&self, location: &str) -> anyhow::Result<Address> {
        if location.contains("://") {
            return Address::parse(location);
        }
        let scheme = if self.is_tls { "https" } else { "http" };
        if location.starts_with("//") {
            return Address::parse(&format!("{scheme}:{location}"));
        }
        let path = self.path.split('?').next().unwrap_or("/");
        let folder = path.rfind('/').and_then(|end| path.get(..=end)).unwrap_or("/");
        let path =
            if location.starts_with('/') { location.to_owned() } else { format!("{folder}{location}") };
        Address::parse(&format!("{scheme}://{}{path}", self.authority()))
    }

    /// All of it, the query too.
    pub fn whole(&self) -> String {
        let scheme = if self.is_tls { "https" } else { "http" };
        format!("{scheme}://{}{}", self.authority(), self.path)
    }

    /// `host` or `host:port`, as in the header `Host`.
    pub fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let usual = if self.is_tls { 443 } else { 80 };
        if self.port == usual { host } else { format!("{host}:{}", self.port) }
    }

    /// The last part of the path, decoded as far as people need it.
    pub fn file_name(&self) -> String {
        let path = self.path.split('?').next().unwrap_or_default();
        let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        if name.is_empty() { self.host.clone() } else { name.replace("%20", " ").chars().take(200).collect() }
    }

    fn covers(&self, other: &Address) -> bool {
        let ends_at_border =
            |rest: &str| rest.is_empty() || self.path.ends_with('/') || rest.starts_with(['/', '?']);
        (self.is_tls, &self.host, self.port) == (other.is_tls, &other.host, other.port)
            && other.path.strip_prefix(&self.path).is_some_and(ends_at_border)
    }
}

impl std::fmt::Display for Address {
    /// Without the query, which may hold a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scheme = if self.is_tls { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority(), self.path.split('?').next().unwrap_or_default())
    }
}

/// Whether some server may read the path as one that leaves its folder.
fn climbs(path: &str) -> bool {
    let plain = path.to_ascii_lowercase().replace("%2e", ".").replace("%2f", "/").replace("%5c", "/");
    plain.split('/').any(|part| part == "." || part == "..")
}

/// `10.1.0.0/16`, `fd00::/8`.
fn network(text: &str) -> Option<(IpAddr, u32)> {
    let (ip, bits) = text.split_once('/')?;
    let (ip, bits): (IpAddr, u32) = (ip.parse().ok()?, bits.parse().ok()?);
    (bits <= if ip.is_ipv4() { 32 } else { 128 }).then_some((ip, bits))
}

fn is_within(ip: IpAddr, (network, bits): (IpAddr, u32)) -> bool {
    match (unmapped(ip), network) {
        (IpAddr::V4(ip), IpAddr::V4(network)) => {
            u32::from(ip).checked_shr(32 - bits).unwrap_or(0)
                == u32::from(network).checked_shr(32 - bits).unwrap_or(0)
        }
        (IpAddr::V6(ip), IpAddr::V6(network)) => {
            u128::from(ip).checked_shr(128 - bits).unwrap_or(0)
                == u128::from(network).checked_shr(128 - bits).unwrap_or(0)
        }
        _ => false,
    }
}

/// IPv4 where IPv6 only carries it.
fn unmapped(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V6(ip) => ip.to_ipv4_mapped().map_or(IpAddr::V6(ip), IpAddr::V4),
        ip => ip,
    }
}

/// Whether the address is one of the public network (IANA's special-purpose registries, RFC 6890).
fn is_public(ip: IpAddr) -> bool {
    match unmapped(ip) {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let is_special = matches!(
        (a, b, c),
        (0 | 10 | 127 | 240.., ..)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (192, 168, _)
            | (198, 18 | 19, _)
            | (198, 51, 100)
            | (203, 0, 113)
    );
    !is_special && !ip.is_multicast()
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [a, b, ..] = ip.segments();
    let embedded = |from: usize| -> Ipv4Addr {
        let octets = ip.octets();
        let at = |index: usize| octets.get(from + index).copied().unwrap_or(0);
        Ipv4Addr::new(at(0), at(1), at(2), at(3))
    };
    match (a, b) {
        // Translated and tunnelled IPv4.
        (0x64, 0xff9b) => is_public_v4(embedded(12)),
        (0x2002, _) => is_public_v4(embedded(2)),
        (0x2001, 0..0x200) | (0x2001, 0xdb8) | (0x3fff, _) => false,
        // Global unicast.
        (0x2000..=0x3fff, _) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(entries: &[&str]) -> AllowList {
        AllowList::new(&entries.iter().map(|entry| (*entry).to_owned()).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn only_what_begins_like_the_list_is_fetched() {
        let list =
            list(&["https://survey.example/odd/", "http://10.0.0.5:8000", "https://other.example/a.zip"]);
        for (url, allowed) in [
            ("https://survey.example/odd/a/b.gml?x=1", true),
            ("https://SURVEY.example:443/odd/a.gml", true),
            ("http://10.0.0.5:8000/any/thing", true),
            ("https://other.example/a.zip", true),
            ("https://other.example/a.zip?key=1", true),
            ("https://other.example/a.zipx", false),
            ("https://survey.example/oddity", false),
            ("http://survey.example/odd/a.gml", false),
            ("https://survey.example:444/odd/a.gml", false),
            ("https://survey.example.evil/odd/a.gml", false),
            ("https://survey.example/odd/../secret", false),
            ("https://survey.example/odd/%2e%2E/secret", false),
            ("https://survey.example/odd/..%2fsecret", false),
            ("https://survey.example@evil.example/odd/a.gml", false),
            ("https://user:word@survey.example/odd/a.gml", false),
            ("https://evil.example\\@survey.example/odd/a", false),
            ("https://survey.example/odd/a b", false),
            ("ftp://survey.example/odd/a", false),
            ("file:///etc/passwd", false),
            ("https:///odd/", false),
            ("/odd/a.gml", false),
        ] {
            assert_eq!(list.check(url).is_ok(), allowed, "{url}");
        }
        let told = AllowList::default().check("https://a.example/").unwrap_err().to_string();
        assert!(told.contains("--import-allow"), "{told}");
        assert!(AllowList::new(&["nonsense".to_owned()]).is_err());
        let secret = Address::parse("https://a.example/b?token=secret").unwrap();
        assert_eq!(secret.to_string(), "https://a.example/b");
    }

    #[test]
    fn private_hosts_are_spoken_to_when_listed() {
        let host = Address::parse("https://survey.example/").unwrap();
        let literal = Address::parse("http://192.168.1.7/").unwrap();
        let plain = list(&["https://survey.example/"]);
        let wide = list(&["https://survey.example/", "10.1.0.0/16", "fd00::/8"]);
        // RFC 6890; 8.8.8.8 and 2001:4860:: are public.
        for (ip, public, widened) in [
            ("8.8.8.8", true, true),
            ("2001:4860:4860::8888", true, true),
            ("10.1.2.3", false, true),
            ("10.2.2.3", false, false),
            ("127.0.0.1", false, false),
            ("169.254.169.254", false, false),
            ("172.31.0.1", false, false),
            ("172.32.0.1", true, true),
            ("192.168.1.7", false, false),
            ("100.100.0.1", false, false),
            ("0.0.0.0", false, false),
            ("224.0.0.1", false, false),
            ("255.255.255.255", false, false),
            ("::1", false, false),
            ("::", false, false),
            ("fe80::1", false, false),
            ("fd00::1", false, true),
            ("::ffff:10.1.2.3", false, true),
            ("::ffff:127.0.0.1", false, false),
            ("64:ff9b::a9fe:a9fe", false, false),
            ("2002:7f00:1::", false, false),
        ] {
            let ip: IpAddr = ip.parse().unwrap();
            assert_eq!(
                (plain.may_contact(&host, ip), wide.may_contact(&host, ip)),
                (public, widened),
                "{ip}"
            );
        }
        assert!(plain.may_contact(&literal, "192.168.1.7".parse().unwrap()));
        assert!(!plain.may_contact(&literal, "192.168.1.8".parse().unwrap()));
    }

    #[test]
    fn redirects_are_read_as_browsers_do() {
        let from = Address::parse("https://a.example:8443/x/y?z=1").unwrap();
        for (location, expected) in [
            ("/b", "https://a.example:8443/b"),
            ("b?c=1", "https://a.example:8443/x/b"),
            ("//c.example/d", "https://c.example/d"),
            ("http://d.example/", "http://d.example/"),
        ] {
            assert_eq!(from.join(location).unwrap().to_string(), expected, "{location}");
        }
        assert!(from.join("../b").is_err());
        assert!(from.join("http://[::1").is_err());
    }
}
