//! Query parameters that track who clicked where, and no more.

/// Names that always track, lower-case.
const NAMES: &[&str] = &[
    "fbclid",
    "_openstat",
    "fb_action_ids",
    "fb_action_types",
    "fb_ref",
    "fb_source",
    "fb_comment_id",
    "hmb_campaign",
    "hmb_medium",
    "hmb_source",
    "itm_campaign",
    "itm_medium",
    "itm_source",
    "gclid",
    "dclid",
    "gbraid",
    "wbraid",
    "gclsrc",
    "campaign_id",
    "campaign_medium",
    "campaign_name",
    "campaign_source",
    "campaign_term",
    "campaign_content",
    "srsltid",
    "yclid",
    "ysclid",
    "twclid",
    "msclkid",
    "mc_cid",
    "mc_eid",
    "mc_tc",
    "wickedid",
    "hsa_cam",
    "_hsenc",
    "__hssc",
    "__hstc",
    "__hsfp",
    "_hsmi",
    "hsctatracking",
    "rb_clickid",
    "oly_anon_id",
    "oly_enc_id",
    "vero_id",
    "vero_conv",
    "mkt_tok",
    "sc_cid",
    "_bhlid",
    "_branch_match_id",
    "_branch_referrer",
    "__readwiselocation",
    "igshid",
    "s_cid",
    "ttclid",
];

/// Beginnings of names that track.
const PREFIXES: &[&str] = &["utm_", "mtm_", "pk_", "piwik_", "hsa_"];

/// A query without the parameters that track; `None` where none is left. The others keep their bytes and
/// their order. `site` is the host of the feed: `ref` tracks only where it says that.
pub fn without(query: &str, site: Option<&str>) -> Option<String> {
    let left: Vec<&str> = query.split('&').filter(|pair| !tracks(pair, site)).collect();
    (!left.is_empty()).then(|| left.join("&"))
}

/// Whether a parameter, `name=value`, tracks.
pub fn tracks(pair: &str, site: Option<&str>) -> bool {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    let name = name.trim_start_matches("amp;").to_ascii_lowercase();
    NAMES.contains(&name.as_str())
        || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || (name == "ref" && site.is_some_and(|site| value.eq_ignore_ascii_case(site)))
}

/// Whether a parameter has a name that a person has listed: a trailing `*` stands for any ending.
pub(super) fn covers(listed: &str, name: &str) -> bool {
    match listed.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == listed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_track_stays_as_it_is() {
        assert_eq!(without("a=%20&utm_Source=x&b&fbclid=1", None).as_deref(), Some("a=%20&b"));
        assert_eq!(without("utm_source=x", None), None);
        assert_eq!(without("ref=a.example&x=1", Some("a.example")).as_deref(), Some("x=1"));
        assert_eq!(without("ref=main", Some("a.example")).as_deref(), Some("ref=main"));
    }
}
