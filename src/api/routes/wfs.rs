//! The service for GIS that know no OGC API.

use super::{Needs, Route};
use crate::api::negotiate::Media;
use crate::api::wfs;

pub static ROUTES: &[Route] = &[Route {
    path: wfs::PATH,
    operation_id: "getWfs",
    tag: "Data",
    summary: "OGC Web Feature Service 2.0, read-only: for GIS that know no OGC API",
    parameters: &[],
    // Its names have any case, and it says itself what is wrong with them.
    open_query: true,
    produces: &[Media::File],
    schema: "bytes",
    failures: &[400, 404, 500, 501],
    classes: &[],
    needs: Needs::Nothing,
    handler: |call| Box::pin(wfs::answer(call)),
}];
