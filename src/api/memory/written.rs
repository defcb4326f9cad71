//! Features as GeoJSON in CRS84 with all they have, written once.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use super::{TextKey, ground, rows};
use crate::api::call::Call;
use crate::api::code_texts;
use crate::api::error::ApiError;
use crate::api::reference::Reference;
use stadtwin_formats::{RawWriter, Selection};
use stadtwin_model::{Collection, Crs, RawFeature};

/// Features written before others get their turn: a few milliseconds.
const AT_A_TIME: usize = 500;

/// What the text of a feature depends on besides the feature.
pub struct Writing<'a> {
    pub collection: &'a Collection,
    pub storage: &'a Crs,
    /// State of the code lists, and the language.
    pub texts: &'a str,
}

fn text_key(writing: &Writing<'_>, key: i64) -> TextKey {
    let mut hasher = DefaultHasher::new();
    writing.texts.hash(&mut hasher);
    (writing.collection.key, key, ground(writing.collection), hasher.finish())
}

/// The features of the keys, in their order: `{"type":"Feature","id":…,"geometry":…,"properties":…}`. `None` where one is not
/// there any more.
pub async fn written(
    call: &Call,
    writing: &Writing<'_>,
    keys: &[i64],
) -> Result<Option<Vec<Arc<[u8]>>>, ApiError> {
    let kept = &call.state.memory.texts;
    let mut own = text_key(writing, 0);
    let mut key_of = |key: i64| {
        own.1 = key;
        own
    };
    let mut found: Vec<_> = keys.iter().map(|key| kept.get(&key_of(*key))).collect();
    let missing: Vec<i64> =
        keys.iter().zip(&found).filter(|(_, text)| text.is_none()).map(|(key, _)| *key).collect();
    for (index, part) in missing.chunks(AT_A_TIME).enumerate() {
        if index > 0 {
            tokio::task::yield_now().await;
        }
        let Some(rows) = rows(&call.state, writing.collection, part).await? else { return Ok(None) };
        for (key, text) in part.iter().zip(write(call, writing, &rows).await?) {
            kept.insert(key_of(*key), text.clone());
            if let Ok(at) = keys.binary_search(key) {
                found[at] = Some(text);
            }
        }
    }
    Ok(found.into_iter().collect())
}

/// The same of a feature at hand.
pub async fn written_one(
    call: &Call,
    writing: &Writing<'_>,
    raw: Arc<RawFeature>,
) -> Result<Arc<[u8]>, ApiError> {
    let key = text_key(writing, raw.feature.key);
    if let Some(text) = call.state.memory.texts.get(&key) {
        return Ok(text);
    }
    let mut fresh = write(call, writing, &[raw]).await?;
    let text = fresh.pop().ok_or_else(|| ApiError::internal("nothing was written"))?;
    call.state.memory.texts.insert(key, text.clone());
    Ok(text)
}

async fn write(
    call: &Call,
    writing: &Writing<'_>,
    rows: &[Arc<RawFeature>],
) -> Result<Vec<Arc<[u8]>>, ApiError> {
    let mut features: Vec<_> = rows.iter().map(|raw| raw.as_ref().clone()).collect();
    Reference::default().place(writing.storage, features.iter_mut().map(|raw| &mut raw.feature))?;
    let selection = Selection::default();
    let texts = code_texts::with_known(call, |text| {
        let mut writer = RawWriter::new(&selection, text);
        let mut out = Vec::with_capacity(2048);
        let write = |raw| {
            out.clear();
            writer.write(&mut out, raw, &[])?;
            Ok(Arc::from(out.as_slice()))
        };
        features.iter().map(write).collect::<Result<Vec<_>, ApiError>>()
    });
    texts.await
}
