//! `GET /images/{hash}`: a texture image, named by its content's hash.

use super::answer::Answer;
use super::call::Call;
use super::error::ApiError;
use super::etag;
use super::params::shortened;
use super::tiles::is_hash;

pub async fn show(call: Call) -> Result<Answer, ApiError> {
    let name = call.segment("hash");
    let missing = || ApiError::NotFound(format!("no image `{}`", shortened(name)));
    let number = Some(name).filter(|name| is_hash(name)).and_then(|name| u128::from_str_radix(name, 16).ok());
    let hash = number.ok_or_else(missing)?.to_be_bytes();
    let tag = format!("\"{name}\"");
    if etag::matches(&call.headers, &tag) {
        return Ok(Answer::not_modified(tag).immutable());
    }
    let image = call.state.store.image(hash).await?.ok_or_else(missing)?;
    Ok(Answer::file(&image.mime_type, image.content).tagged(tag).immutable())
}
