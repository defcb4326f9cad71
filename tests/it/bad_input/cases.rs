//! What can be wrong with a file, and the sentence that must tell of it.

use std::io::Write;

use super::TOWN;
use crate::images::{building, model_of};

pub struct Case {
    /// With the ending.
    pub name: &'static str,
    pub bytes: Vec<u8>,
    /// Part of the sentence.
    pub sentence: &'static str,
    /// Where the sentence points to; 0 where there is no line.
    pub line: u64,
    /// Of `stadtwin validate`.
    pub exit: i32,
    /// Whether it can also come in an archive.
    pub fits_an_archive: bool,
}

/// A CityJSON twin of the box that is well, one member a line.
const MODEL: &str = r#"{"type":"CityJSON","version":"2.0",
"transform":{"scale":[1.0,1.0,1.0],"translate":[696000.0,5347000.0,480.0]},
"metadata":{"referenceSystem":"https://www.opengis.net/def/crs/EPSG/0/25832"},
"CityObjects":{
"box":{"type":"Building","attributes":{"measuredHeight":6.0,"name":"Haus"},"geometry":[{"type":"Solid","lod":"1",
"boundaries":[[[[0,1,2,3]],[[0,3,7,4]],[[3,2,6,7]],[[2,1,5,6]],[[1,0,4,5]],[[4,7,6,5]]]]}]}},
"vertices":[[0,0,0],[0,10,0],[10,10,0],[10,0,0],[0,0,6],[0,10,6],[10,10,6],[10,0,6]]}
"#;

/// The same as a sequence.
const SEQUENCE: &str = r#"{"type":"CityJSON","version":"2.0","transform":{"scale":[1.0,1.0,1.0],"translate":[696000.0,5347000.0,480.0]},"metadata":{"referenceSystem":"https://www.opengis.net/def/crs/EPSG/0/25832"},"CityObjects":{},"vertices":[]}
{"type":"CityJSONFeature","id":"a","CityObjects":{"a":{"type":"Building","attributes":{"measuredHeight":6.0}}},"vertices":[]}
{"type":"CityJSONFeature","id":"b","CityObjects":{"b":{"type":"Building","attributes":{"measuredHeight":6.0}}},"vertices":[]}
"#;

/// A grey PNG of 0 × 0 pixels, as far as its head goes.
const NO_PIXELS: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\0\0\0\0\0\x08\0\0\0\0";

fn case(name: &'static str, bytes: impl Into<Vec<u8>>, sentence: &'static str, line: u64, exit: i32) -> Case {
    Case { name, bytes: bytes.into(), sentence, line, exit, fits_an_archive: true }
}

pub fn cases() -> Vec<Case> {
    [
        xml(),
        xml_entities(),
        xml_encodings(),
        xml_bombs(),
        json(),
        json_lengths(),
        json_encodings(),
        archives(),
        images(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The town with one piece of text replaced, and the line that it stands in.
fn changed(text: &str, from: &str, to: &str) -> (String, u64) {
    let at = text.find(from).unwrap();
    let line = 1 + text[..at].matches('\n').count() as u64;
    (text.replacen(from, to, 1), line)
}

/// Up to the first byte of `mark`, and the line of that.
fn cut<'a>(text: &'a str, mark: &str) -> (&'a str, u64) {
    let at = text.find(mark).unwrap();
    (&text[..at], 1 + text[..at].matches('\n').count() as u64)
}

fn xml() -> Vec<Case> {
    let (truncated, end) = cut(TOWN, "696030 5347010 480 696040");
    let (in_tag, tag) = cut(TOWN, "gml:id=\"open\"");
    let (crossed, cross) =
        changed(TOWN, "</gml:Polygon></gml:surfaceMember>", "</gml:surfaceMember></gml:Polygon>");
    let (nan, nan_line) = changed(TOWN, "696010 5347010 480 696010", "696010 NaN 480 696010");
    let (infinite, infinite_line) = changed(TOWN, "696010 5347010 480 696010", "696010 5347010 1e999 696010");
    let (inf, inf_line) = changed(TOWN, "696010 5347010 480 696010", "696010 5347010 INF 696010");
    let nested = TOWN.replacen("<!-- open -->", &"<gml:x>".repeat(5_000), 1);
    let deep = 1 + TOWN.split_once("<!-- open -->").unwrap().0.matches('\n').count() as u64;
    vec![
        case("truncated.gml", truncated, "the file ends inside an object", end, 2),
        case("truncated_tag.gml", in_tag, "the file ends inside a tag", tag, 2),
        case("crossed.gml", crossed, "`</gml:surfaceMember>` closes `<gml:Polygon>`", cross, 2),
        case("text.gml", "CityModel: no markup at all\n", "is not XML: it holds no element", 0, 2),
        case("empty.gml", "", "is not XML: it holds no element", 0, 2),
        case("noise.gml", NO_PIXELS.repeat(50), "is not XML", 0, 2),
        case(
            "page.gml",
            "<html><!-- CityModel --><p>Not found</p></html>",
            "is not CityGML: its root element is `html`",
            0,
            2,
        ),
        case("nested.gml", nested, "elements are nested deeper than 1024", deep, 2),
        case("nan.gml", nan, "`NaN` is no finite number", nan_line, 1),
        case("infinite.gml", infinite, "`1e999` is no finite number", infinite_line, 1),
        case("inf.gml", inf, "`INF` is no finite number", inf_line, 1),
    ]
    .into_iter()
    // In an archive only what speaks of a city is looked at.
    .map(|case| Case { fits_an_archive: !["empty.gml", "noise.gml"].contains(&case.name), ..case })
    .collect()
}

/// Entities that would grow to gigabytes, or name files of the machine.
fn xml_entities() -> Vec<Case> {
    let mut bomb = "<!DOCTYPE m [<!ENTITY a0 \"aaaaaaaaaa\">".to_owned();
    for level in 1..12 {
        let ten = format!("&a{};", level - 1).repeat(10);
        bomb.push_str(&format!("<!ENTITY a{level} \"{ten}\">"));
    }
    bomb.push_str("]>\n<core:CityModel");
    let bomb = TOWN.replacen("<core:CityModel", &bomb, 1).replacen(
        "gml:id=\"open\">",
        "gml:id=\"open\"><gml:name>&a11;</gml:name>",
        1,
    );
    let outside = "<!DOCTYPE m [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>\n<core:CityModel";
    let outside = TOWN.replacen("<core:CityModel", outside, 1).replacen(
        "gml:id=\"open\">",
        "gml:id=\"open\"><gml:name>&x;</gml:name>",
        1,
    );
    let parameter = "<!DOCTYPE m SYSTEM \"http://127.0.0.1:9/m.dtd\" [<!ENTITY % p SYSTEM \"http://127.0.0.1:9/p\"> %p;]>\n<core:CityModel";
    let parameter = TOWN.replacen("<core:CityModel", parameter, 1);
    let sentence = "its entities are neither expanded nor fetched";
    vec![
        case("entity_bomb.gml", bomb, sentence, 2, 1),
        case("external_entity.gml", outside, sentence, 2, 1),
        case("external_parameter.gml", parameter, sentence, 2, 1),
    ]
}

fn xml_encodings() -> Vec<Case> {
    let named = TOWN.replacen("gml:id=\"open\">", "gml:id=\"open\"><gml:name>Gr\u{fc}n</gml:name>", 1);
    let line = 1 + named.split_once('\u{fc}').unwrap().0.matches('\n').count() as u64;
    let latin: Vec<u8> = named.chars().map(|sign| u8::try_from(u32::from(sign)).unwrap()).collect();
    let unknown = TOWN.replacen("UTF-8", "KLINGON-8", 1);
    let lying = TOWN.replacen("UTF-8", "UTF-16", 1);
    vec![
        case("latin.gml", latin, "bytes that are no text in the file's encoding", line, 1),
        case("unknown_encoding.gml", unknown, "the encoding `KLINGON-8` is not known", 1, 1),
        // Read as what it is: the open box is all there is to tell.
        case("not_utf16.gml", lying, "a shell is not closed", 13, 1),
    ]
}

fn gzip(pieces: &[(&[u8], usize)]) -> Vec<u8> {
    let mut all = Vec::new();
    for (bytes, count) in pieces {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        let member = encoder.finish().unwrap();
        (0..*count).for_each(|_| all.extend_from_slice(&member));
    }
    all
}

/// Small files that unpack to 1 GiB or more.
fn xml_bombs() -> Vec<Case> {
    let head = TOWN.split_once("<core:cityObjectMember>").unwrap().0.as_bytes();
    let block = |text: &str| text.repeat((4 << 20) / text.len()).into_bytes();
    let (spaces, nesting) = (block(" "), block("<gml:x>"));
    let many = [b"<core:cityObjectMember>".to_vec(), block("<a/>").repeat(6)].concat();
    let ratio = "unpacks to more than 100 times its size";
    vec![
        case("spaces.gml.gz", gzip(&[(head, 1), (&spaces, 256)]), ratio, 0, 2),
        case(
            "nesting.gml.gz",
            gzip(&[(head, 1), (&nesting, 2_560)]),
            "elements are nested deeper than 1024",
            4,
            2,
        ),
        case(
            "elements.gml.gz",
            gzip(&[(head, 1), (&many, 1), (b"</core:cityObjectMember></core:CityModel>", 1)]),
            "more than one element every 16 bytes",
            4,
            2,
        ),
    ]
}

fn json() -> Vec<Case> {
    let (truncated, end) = cut(MODEL, "[0,3,7,4]");
    let (crossed, cross) = changed(MODEL, "[10,0,0]", "[10,0,0}");
    let (commas, comma) = changed(MODEL, "\"geometry\":", "\"geometry\" ");
    let nested = MODEL.replacen("[0,1,2,3]", &"[".repeat(10_000), 1);
    let (nan, _) = changed(MODEL, "[10,10,0]", "[NaN,10,0]");
    let (infinite, _) = changed(MODEL, "[10,10,0]", "[1e999,10,0]");
    let (cut_line, last) = cut(SEQUENCE, ",\"CityObjects\":{\"b\"");
    let (broken_line, middle) = changed(SEQUENCE, "\"CityObjects\":{\"a\":", "\"CityObjects\":{\"a\"");
    vec![
        case("truncated.city.json", truncated, "the file ends before its brackets close", end, 2),
        case("crossed.city.json", crossed, "a bracket closes what was not opened", cross, 2),
        case("colon.city.json", commas, "the object is no well-formed JSON", comma, 2),
        case(
            "other.json",
            "{\"type\":\"FeatureCollection\",\"cityjson.org\":0}",
            "its type is `FeatureCollection`",
            0,
            2,
        ),
        case("nested.city.json", nested, "nested more than 64 levels deep", 6, 2),
        case("nan.city.json", nan, "1 vertices are not three finite numbers", 0, 1),
        case("infinite.city.json", infinite, "1 vertices are not three finite numbers", 0, 1),
        case("truncated.city.jsonl", cut_line, "; the line is left out", last, 2),
        case("broken.city.jsonl", broken_line, "; the line is left out", middle, 2),
    ]
}

/// Indices and lengths that promise what is not there.
fn json_lengths() -> Vec<Case> {
    let (index, _) = changed(MODEL, "[0,1,2,3]", "[0,1,2,4294967295]");
    let (huge, _) = changed(MODEL, "[0,1,2,3]", "[0,1,2,99999999999999999999]");
    let semantics = "\"lod\":\"1\",\"semantics\":{\"surfaces\":[{\"type\":\"RoofSurface\"}],\"values\":[[4294967294,0,0,0,0,0]]},";
    let (semantic, _) = changed(MODEL, "\"lod\":\"1\",", semantics);
    let (short, _) = changed(MODEL, "\"vertices\":[[0,0,0],", "\"vertices\":[[0,0],");
    let (none, _) = changed(MODEL, ",[10,0,6]]", "]");
    let spaces = " ".repeat(4 << 20).into_bytes();
    let head = b"{\"type\":\"CityJSON\",\"version\":\"2.0\",".as_slice();
    vec![
        case("index.city.json", index, "a ring has vertex 4294967295", 5, 1),
        case("huge_index.city.json", huge, "a ring holds something else than vertex indices", 5, 1),
        case(
            "semantics.city.json",
            semantic,
            "semantics name surface 4294967294, which does not exist",
            5,
            1,
        ),
        case("short_vertex.city.json", short, "1 vertices are not three finite numbers", 0, 1),
        case(
            "few_vertices.city.json",
            none,
            "a ring has vertex 7, which is not among the 7 usable ones",
            5,
            1,
        ),
        case(
            "spaces.city.json.gz",
            gzip(&[(head, 1), (&spaces, 128)]),
            "unpacks to more than 100 times its size",
            0,
            2,
        ),
    ]
}

fn json_encodings() -> Vec<Case> {
    let latin: Vec<u8> = MODEL
        .replace("Haus", "H\u{fc}s")
        .chars()
        .map(|sign| u8::try_from(u32::from(sign)).unwrap())
        .collect();
    let utf16: Vec<u8> =
        [0xfeff].into_iter().chain(MODEL.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    vec![
        case("latin.city.json", latin, "bytes that are no UTF-8, which JSON must be", 5, 1),
        case("utf16.city.json", utf16, "it is written in UTF-16, and JSON must be UTF-8", 0, 2),
    ]
}

pub fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        let options =
            zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn archives() -> Vec<Case> {
    let head = TOWN.split_once("<core:cityObjectMember>").unwrap().0.as_bytes();
    let bomb = [head, &vec![b' '; 512 << 20]].concat();
    let climbing = zip(&[("../../climbed.gml", TOWN.as_bytes()), ("town.gml", TOWN.as_bytes())]);
    let mut cut = zip(&[("town.gml", TOWN.as_bytes())]);
    cut.truncate(cut.len() / 2);
    vec![
        case("bomb.zip", zip(&[("bomb.gml", &bomb)]), "unpacks to more than 100 times its size", 0, 2),
        case("climbing.zip", climbing, "climbed.gml` was skipped: its path leads out of the archive", 0, 2),
        case("cut.zip", cut, "cannot read", 0, 2),
        case("no_city.zip", zip(&[("a.txt", b"no city")]), "holds no CityGML or CityJSON file", 0, 2),
    ]
    .into_iter()
    .map(|case| Case { fits_an_archive: false, ..case })
    .collect()
}

/// A city whose texture says that it has no pixels, or so many that no memory holds them.
fn images() -> Vec<Case> {
    let with = |name: &'static str, file: &'static str, image: &[u8], sentence: &'static str, exit| {
        let model =
            model_of(&building("a", &[file])).replacen("<cityObjectMember>", "\n<cityObjectMember>", 1);
        let bytes = zip(&[("town.gml", model.as_bytes()), (file, image)]);
        Case { fits_an_archive: false, ..case(name, bytes, sentence, 2, exit) }
    };
    let largest = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff\xff\xff\xff\xff\xff\xff\xff\x08\0\0\0\0";
    vec![
        with("no_pixels_png.zip", "wall.png", NO_PIXELS, "it says that it has 0 × 0 pixels", 1),
        with(
            "no_pixels_gif.zip",
            "wall.gif",
            b"GIF89a\x03\0\0\0\0\0\0",
            "it says that it has 3 × 0 pixels",
            1,
        ),
        with(
            "no_pixels_jpeg.zip",
            "wall.jpg",
            b"\xff\xd8\xff\xc0\0\x11\x08\0\0\0\x05\x03\x01\x11\0\x02\x11\0\x03\x11\0",
            "it says that it has 5 × 0 pixels",
            1,
        ),
        with("many_pixels.zip", "wall.png", largest, "it says that it has 4294967295 × 4294967295 pixels", 1),
        with("cut_image.zip", "wall.png", &NO_PIXELS[..20], "or it is broken off", 1),
    ]
}
