//! Folders of the server are nobody's business: a job is shown with the names of its files alone.

use serde_json::Value;

use stadtwin_store::StoredJob;

/// The job without the folders that its sources lie in.
pub fn without_folders(mut job: StoredJob) -> StoredJob {
    let folders = folders(&job.parameters);
    if folders.is_empty() {
        return job;
    }
    job.message = cut(&job.message, &folders);
    cut_all(&mut job.log, &folders);
    job.report.iter_mut().for_each(|report| cut_all(report, &folders));
    job
}

/// With the slash at their ends, the longest first.
fn folders(parameters: &Value) -> Vec<String> {
    let lists =
        ["/import/sources", "/sources"].into_iter().filter_map(|place| parameters.pointer(place)?.as_array());
    let mut folders: Vec<String> = lists
        .flatten()
        .filter_map(Value::as_str)
        .filter_map(|source| {
            // A pattern's folder ends before its first wildcard.
            let known = match source.find(['*', '?', '[']) {
                Some(wildcard) => source.get(..wildcard)?,
                None => source.trim_end_matches('/'),
            };
            known.rfind('/').and_then(|at| known.get(..=at)).map(str::to_owned)
        })
        .filter(|folder| folder != "/")
        .collect();
    folders.sort_by_key(|folder| std::cmp::Reverse(folder.len()));
    folders.dedup();
    folders
}

fn cut(text: &str, folders: &[String]) -> String {
    folders.iter().fold(text.to_owned(), |text, folder| text.replace(folder.as_str(), ""))
}

fn cut_all(value: &mut Value, folders: &[String]) {
    match value {
        Value::String(text) => *text = cut(text, folders),
        Value::Array(items) => items.iter_mut().for_each(|item| cut_all(item, folders)),
        Value::Object(members) => members.values_mut().for_each(|member| cut_all(member, folders)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_names_of_files_are_left() {
        for (source, text, expected) in [
            ("/srv/secret/a.gml", "cannot read `/srv/secret/a.gml`: gone", "cannot read `a.gml`: gone"),
            ("/srv/lod2", "/srv/lod2/x/a.gml", "lod2/x/a.gml"),
            ("/srv/lod2/", "/srv/lod2/a.gml", "lod2/a.gml"),
            ("/srv/*.gml", "/srv/a.gml", "a.gml"),
            ("/srv/w*/a.gml", "/srv/week/a.gml", "week/a.gml"),
            ("lod2/a.zip", "lod2/a.zip!b.gml", "a.zip!b.gml"),
            ("a.gml", "a.gml", "a.gml"),
            ("/a.gml", "/a.gml", "/a.gml"),
        ] {
            let folders = folders(&json!({ "import": { "sources": [source] } }));
            let mut value = json!([{ "file": text }]);
            cut_all(&mut value, &folders);
            assert_eq!(value[0]["file"], expected, "{source}");
        }
    }
}
