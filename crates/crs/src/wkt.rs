//! The system that well-known text or a plain title means: by EPSG id, or by a title that has one meaning only.

use super::parse_srs_name;
use stadtwin_model::{Crs, VerticalCrs};

/// Deeper or longer text is not read.
const MAX_DEPTH: usize = 16;
const MAX_BYTES: usize = 64 * 1024;

/// Of WKT 1 (also ESRI's `.prj`) and WKT 2; `None` where neither ids nor titles say.
pub fn crs_of_wkt(text: &str) -> Option<Crs> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let root = Node::parse(&mut text.trim_start_matches('\u{feff}').trim_start(), 0)?;
    match root.keyword.as_str() {
        "COMPD_CS" | "COMPOUNDCRS" => {
            let horizontal = root.children.iter().find_map(Node::horizontal)?;
            let vertical = root.children.iter().find_map(Node::vertical);
            Some(Crs { vertical: vertical.unwrap_or(horizontal.vertical), ..horizontal })
        }
        _ => root.horizontal(),
    }
}

/// Of a projected system's name as programs write it: `ETRS89 / UTM zone 32N`, `ETRS_1989_UTM_Zone_32N`.
pub fn crs_of_title(title: &str) -> Option<Crs> {
    let plain = plain(title);
    let zone = |begin: &str, end: &str| -> Option<u32> {
        plain.strip_prefix(begin)?.strip_suffix(end)?.parse().ok()
    };
    let etrs = ["etrs89utmzone", "etrs1989utmzone"].iter().find_map(|begin| zone(begin, "n"));
    let wgs = ["wgs84utmzone", "wgs1984utmzone"].iter().find_map(|begin| zone(begin, "n"));
    let gauss =
        ["dhdn3degreegausskrugerzone", "dhdn3degreegausszone"].iter().find_map(|begin| zone(begin, ""));
    let code = match (etrs, wgs, gauss) {
        (Some(zone @ 28..=38), _, _) => 25800 + zone,
        (_, Some(zone @ 1..=60), _) => 32600 + zone,
        (_, _, Some(zone @ 2..=5)) => 31464 + zone,
        _ => return None,
    };
    parse_srs_name(&format!("EPSG:{code}")).ok()
}

/// Of a height system's name: `DHHN2016 height`, `DE_DHHN2016_NH`.
pub fn vertical_of_title(title: &str) -> Option<VerticalCrs> {
    let plain = plain(title);
    let plain = plain.strip_prefix("de").unwrap_or(&plain);
    let code = match plain.strip_suffix("height").or(plain.strip_suffix("nh")).unwrap_or(plain) {
        "dhhn2016" => 7837,
        "dhhn92" => 5783,
        "dhhn85" => 5784,
        "dhhn12" => 7699,
        "nap" => 5709,
        _ => return None,
    };
    Some(VerticalCrs::Epsg(code))
}

/// Letters and digits only, small.
fn plain(title: &str) -> String {
    title
        .chars()
        .take(100)
        .filter(char::is_ascii_alphanumeric)
        .map(|sign| sign.to_ascii_lowercase())
        .collect()
}

/// `KEYWORD["title", 1, CHILD[…]]`
#[derive(Default)]
struct Node {
    /// In capitals.
    keyword: String,
    /// Quoted texts and numbers.
    values: Vec<String>,
    children: Vec<Node>,
}

impl Node {
    /// Takes a node off the beginning of the text.
    fn parse(text: &mut &str, depth: usize) -> Option<Node> {
        let open = text.find(['[', '('])?;
        let keyword = text.get(..open)?.trim().to_ascii_uppercase();
        *text = text.get(open + 1..)?;
        let mut node = Node { keyword, ..Node::default() };
        if depth > MAX_DEPTH {
            return None;
        }
        loop {
            *text = text.trim_start();
            match text.chars().next()? {
                ']' | ')' => {
                    *text = text.get(1..)?;
                    return Some(node);
                }
                ',' => *text = text.get(1..)?,
                '"' => {
                    let end = text.get(1..)?.find('"')? + 1;
                    node.values.push(text.get(1..end)?.to_owned());
                    *text = text.get(end + 1..)?;
                }
                _ => {
                    let end = text.find([',', '[', '(', ']', ')'])?;
                    if text.get(end..)?.starts_with(['[', '(']) {
                        node.children.push(Node::parse(text, depth + 1)?);
                    } else {
                        node.values.push(text.get(..end)?.trim().to_owned());
                        *text = text.get(end..)?;
                    }
                }
            }
        }
    }

    fn horizontal(&self) -> Option<Crs> {
        if !["PROJCS", "PROJCRS", "PROJECTEDCRS", "GEOGCS", "GEOGCRS", "GEODCRS"]
            .contains(&self.keyword.as_str())
        {
            return None;
        }
        let by_id = self.epsg().and_then(|code| parse_srs_name(&format!("EPSG:{code}")).ok());
        by_id.or_else(|| crs_of_title(self.values.first()?))
    }

    fn vertical(&self) -> Option<VerticalCrs> {
        if !["VERT_CS", "VERTCS", "VERTCRS", "VERTICALCRS"].contains(&self.keyword.as_str()) {
            return None;
        }
        match self.epsg() {
            Some(code) => Some(VerticalCrs::Epsg(code)),
            None => vertical_of_title(self.values.first()?),
        }
    }

    fn epsg(&self) -> Option<u32> {
        let id = self.children.iter().find(|child| ["AUTHORITY", "ID"].contains(&child.keyword.as_str()))?;
        match id.values.as_slice() {
            [authority, code, ..] if authority.eq_ignore_ascii_case("EPSG") => code.parse().ok(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `gdalsrsinfo -o wkt1`, `-o wkt2` and `-o wkt_esri` write them, shortened.
    #[test]
    fn ids_and_clear_titles_are_understood() {
        let cases = [
            (
                r#"PROJCS["x",GEOGCS["y",AUTHORITY["EPSG","4258"]],AUTHORITY["EPSG","25832"]]"#,
                Some((25832, None)),
            ),
            (
                r#"PROJCRS["ETRS89 / UTM zone 32N",BASEGEOGCRS["ETRS89",ID["EPSG",4258]],ID["EPSG",25832]]"#,
                Some((25832, None)),
            ),
            (
                r#"COMPD_CS["a + b",PROJCS["a",AUTHORITY["EPSG","25832"]],VERT_CS["b",AUTHORITY["EPSG","7837"]]]"#,
                Some((25832, Some(7837))),
            ),
            (
                r#"COMPOUNDCRS["a",PROJCRS["ETRS89 / UTM zone 33N"],VERTCRS["DHHN2016 height"]]"#,
                Some((25833, Some(7837))),
            ),
            (
                r#"PROJCS["ETRS_1989_UTM_Zone_32N",GEOGCS["GCS_ETRS_1989",DATUM["D_ETRS_1989",SPHEROID["GRS_1980",6378137.0,298.257222101]]]]"#,
                Some((25832, None)),
            ),
            (r#"PROJCS["DHDN_3_Degree_Gauss_Zone_4",GEOGCS["GCS"]]"#, Some((31468, None))),
            (r#"PROJCS["WGS_1984_UTM_Zone_32N"]"#, Some((32632, None))),
            (r#"PROJCS["ETRS_1989_UTM_Zone_32N_7stellen"]"#, None),
            (r#"PROJCS["ETRS_1989_UTM_Zone_99N"]"#, None),
            (r#"GEOGCS["GCS_WGS_1984",DATUM["D"]]"#, None),
            (r#"LOCAL_CS["x",AUTHORITY["EPSG","25832"]]"#, None),
            ("PROJCS[", None),
            ("", None),
        ];
        for (text, expected) in cases {
            let found = crs_of_wkt(text).map(|crs| {
                let vertical = if let VerticalCrs::Epsg(code) = crs.vertical { Some(code) } else { None };
                (crs.horizontal, vertical)
            });
            assert_eq!(found, expected, "{text}");
        }
        assert!(crs_of_wkt(&"A[".repeat(30_000)).is_none());
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[A-C\\[\\]\",0-9é]{0,60}") {
            let _ = crs_of_wkt(&text);
        }
    }
}
