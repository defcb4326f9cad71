//! A request after its checks, and the way from the socket to a handler and back: one for all routes.

use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::Response;
use bytes::Bytes;

use super::answer::Answer;
use super::auth::Caller;
use super::error::ApiError;
use super::etag;
use super::html;
use super::links::{self, Base, Links};
use super::needs;
use super::negotiate::{self, Language, Media};
use super::params::{self, PROFILE, Query};
use super::parts;
use super::plans::audit;
use super::rates::Client;
use super::routes::Route;
use super::state::AppState;
use super::writes::{self, Handler, Write};
use stadtwin_store::Actor;

/// Longest path and query [bytes]; what is longer than 65,534 is refused before anybody looks at it.
const LONGEST_ADDRESS: usize = 60_000;
pub const ALLOWED: &str = "GET, HEAD, OPTIONS";
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; \
                                       form-action 'self'; base-uri 'none'; frame-ancestors 'self'";

/// A request whose method, query and media type are settled.
#[derive(Clone)]
pub struct Call {
    pub state: Arc<AppState>,
    pub route: &'static Route,
    pub base: Base,
    /// As sent, without the query.
    pub path: String,
    pub segments: Vec<(String, String)>,
    pub query: Query,
    /// As sent, for services that do not know our parameters.
    pub raw_query: String,
    pub media: Media,
    pub language: Language,
    pub headers: HeaderMap,
    /// Where it came from.
    pub client: Client,
    /// Who calls, where the route demands or heeds it (`needs`).
    pub caller: Option<Caller>,
}

impl Call {
    /// A variable part of the path, decoded.
    pub fn segment(&self, name: &str) -> &str {
        self.segments.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
    }

    /// The caller as the log of changes names them.
    pub fn actor(&self, caller: &Caller) -> Actor {
        let (subject, name) = (caller.subject.clone(), caller.name.clone());
        Actor { subject, name, origin: self.client.origin(&self.headers) }
    }

    /// `self` and `alternate`s of what was asked for, with its query.
    pub fn own_links(&self) -> Links {
        let query = |format: &str| match format == self.media.format() {
            true => self.query.with(&[("f", Some(format))]),
            // The profile would make JSON-FG of GeoJSON.
            false => self.query.with(&[("f", Some(format)), ("profile", None)]),
        };
        let url = self.base.to(&self.path);
        let mut links = links::self_and_alternates(&url, self.route.produces, self.media, query);
        let has_profiles = self.route.parameters.iter().any(|parameter| parameter.name == PROFILE.name);
        if has_profiles && self.media == Media::GeoJson {
            links.push(links::profile("rfc7946"));
        }
        links
    }

    /// A tag over the address, the representation and `state`: what the content depends on besides.
    pub fn tag(&self, state: &[&[u8]]) -> String {
        let (query, language) = (self.query.with(&[]), self.language.code());
        let language = if self.media == Media::Html { language } else { "" };
        let own = [
            &self.base.url,
            self.path.as_str(),
            &query,
            self.media.name(),
            self.media.format(),
            language,
            env!("CARGO_PKG_VERSION"),
        ];
        let own = own.iter().map(|text| text.as_bytes());
        etag::tag(&own.chain(state.iter().copied()).collect::<Vec<_>>())
    }

    /// The short answer when the client has this state already.
    pub fn not_modified(&self, tag: &str) -> Option<Answer> {
        etag::matches(&self.headers, tag).then(|| Answer::not_modified(tag.to_owned()).revalidated())
    }
}

/// Answers a request to `route`, whatever happens.
pub async fn answer(
    State(state): State<Arc<AppState>>,
    route: &'static Route,
    segments: Result<Path<Vec<(String, String)>>, axum::extract::rejection::PathRejection>,
    request: Request,
) -> Response {
    let started = Instant::now();
    let (parts, body) = request.into_parts();
    let write = writes::find(route, &parts.method);
    let metrics = state.metrics.clone();
    let context = Context::of(&state, route, &parts.headers, &parts.uri);
    let segments = match segments {
        // PostgreSQL's texts hold no NUL.
        Ok(Path(segments)) => match segments.iter().find(|(_, value)| value.contains('\0')) {
            Some((name, _)) => Err(ApiError::BadRequest(format!("`{name}` holds a NUL character"))),
            None => Ok(segments),
        },
        Err(_) => Err(ApiError::BadRequest("the path is not UTF-8".to_owned())),
    };
    let result = match segments {
        Ok(_) if address_bytes(&parts.uri) > LONGEST_ADDRESS => Err(ApiError::refused(
            StatusCode::URI_TOO_LONG,
            format!(
                "the address is longer than {LONGEST_ADDRESS} bytes: ask with a shorter filter, or for less at once"
            ),
        )),
        Ok(segments) => handle(state, route, write, &parts, body, segments, &context.base).await,
        Err(error) => Err(error),
    };
    let response = match result {
        Ok(answer) => {
            let is_page = route.produces.contains(&Media::Html);
            let language = Some(context.language).filter(|_| is_page);
            respond(answer, &parts.method, &parts.headers, language)
        }
        Err(error) => refuse(&error, &context, &parts.method),
    };
    let operation_id = write.map_or(route.operation_id, |write| write.operation_id);
    metrics.count(operation_id, response.status().as_u16(), started.elapsed());
    response
}

fn address_bytes(uri: &Uri) -> usize {
    uri.path_and_query().map_or(0, |address| address.as_str().len())
}

async fn handle(
    state: Arc<AppState>,
    route: &'static Route,
    write: Option<&'static Write>,
    parts: &axum::http::request::Parts,
    body: Body,
    segments: Vec<(String, String)>,
    base: &Base,
) -> Result<Answer, ApiError> {
    match parts.method {
        Method::GET | Method::HEAD if route.is_read() => {}
        Method::OPTIONS => {
            let answer = Answer { status: StatusCode::NO_CONTENT, ..Answer::new(Media::Text, Bytes::new()) };
            return Ok(answer.with(header::ALLOW, &allowed(&state, route, &segments).await?));
        }
        _ => {
            let allow = allowed(&state, route, &segments).await?;
            if write.is_none() || !allow.split(", ").any(|method| method == parts.method.as_str()) {
                let method = params::shortened(parts.method.as_str());
                return Err(ApiError::MethodNotAllowed { method, allow });
            }
        }
    }
    let own = write.map(writes::own_parameters).unwrap_or_default();
    let known = [route.parameters, own].concat();
    let query = Query::parse(parts.uri.query().unwrap_or_default(), &known, route.open_query)?;
    let mut call = Call {
        client: parts.extensions.get().copied().unwrap_or_default(),
        caller: None,
        media: negotiate::profiled(
            negotiate::media(route.produces, query.get("f"), &parts.headers)?,
            query.get("profile"),
        ),
        language: negotiate::language(query.get("lang"), &parts.headers),
        base: base.clone(),
        path: parts.uri.path().to_owned(),
        raw_query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers.clone(),
        state,
        route,
        segments,
        query,
    };
    call.caller = needs::check(&call, write.map_or(route.needs, |write| write.needs)).await?;
    if let Some(write) = write {
        // Bodies may be long: each handler bounds the pauses within.
        return match write.handler {
            Handler::Writes(handler) => {
                let caller =
                    call.caller.clone().ok_or_else(|| ApiError::internal("a write without a caller"))?;
                let state = call.state.clone();
                call.state = audit::acting(&call, Some(&caller)).await?;
                let answer = handler(call, caller, body).await;
                state.overlays.forget();
                answer
            }
            Handler::Asks(handler) => {
                let timeout = call.state.timeout;
                call.state = audit::acting(&call, call.caller.as_ref()).await?;
                tokio::time::timeout(timeout, handler(call, body))
                    .await
                    .unwrap_or(Err(ApiError::Timeout { seconds: timeout.as_secs() }))
            }
        };
    }
    let (timeout, is_plan) =
        (call.state.timeout, ["scenario", "scenarios"].iter().any(|name| call.query.get(name).is_some()));
    let answer = tokio::time::timeout(timeout, (route.handler)(call))
        .await
        .unwrap_or(Err(ApiError::Timeout { seconds: timeout.as_secs() }))?;
    Ok(if is_plan { answer.for_one_alone() } else { answer })
}

/// The value of `Allow`: collections of a class are only read, what they show is written to in its features.
async fn allowed(state: &AppState, route: &Route, segments: &[(String, String)]) -> Result<String, ApiError> {
    let collection = segments.iter().find(|(name, _)| name == "collectionId");
    if let Some((_, id)) = collection.filter(|_| route.is_read())
        && parts::view_of(state, id).await?.is_some()
    {
        return Ok(ALLOWED.to_owned());
    }
    Ok(writes::allowed(route))
}

/// What an error page needs, when the call itself could not be made.
pub struct Context {
    pub base: Base,
    pub path: String,
    pub html: bool,
    pub language: Language,
    pub title: String,
    /// Whether the request came with credentials.
    pub has_token: bool,
}

impl Context {
    fn of(state: &AppState, route: &Route, headers: &HeaderMap, uri: &Uri) -> Context {
        let mut context = Context::unrouted(state, headers, uri);
        context.html &= route.produces.contains(&Media::Html);
        context
    }

    /// For paths that no route holds.
    pub fn unrouted(state: &AppState, headers: &HeaderMap, uri: &Uri) -> Context {
        const PROBLEM: &[Media] = &[Media::Json, Media::Html];
        Context {
            base: Base::of(state.public_url.as_deref(), headers),
            path: uri.path().to_owned(),
            html: negotiate::media(PROBLEM, None, headers).is_ok_and(|media| media == Media::Html),
            language: negotiate::language(lang(uri).as_deref(), headers),
            title: state.title.clone(),
            has_token: headers.contains_key(header::AUTHORIZATION),
        }
    }
}

/// The language asked for by parameter, if it is one of ours.
fn lang(uri: &Uri) -> Option<String> {
    let mut pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let (_, language) =
        pairs.find(|(name, value)| name == "lang" && matches!(value.as_ref(), "de" | "en"))?;
    Some(language.into_owned())
}

/// RFC 6750, 3: what is wrong is told to those alone who have shown a token.
fn challenge(has_token: bool) -> &'static str {
    if has_token { "Bearer realm=\"stadtwin\", error=\"invalid_token\"" } else { "Bearer realm=\"stadtwin\"" }
}

/// A failed request as problem+json, or as a page where the client reads HTML.
pub fn refuse(error: &ApiError, context: &Context, method: &Method) -> Response {
    if let ApiError::Internal(cause) = error {
        tracing::error!(path = %context.path, cause = ?cause, "Request failed: {cause}");
    }
    let page = context.html.then(|| html::error_page(error, context).ok()).flatten();
    let mut answer = match page {
        Some(page) => Answer::new(Media::Html, page),
        None => Answer::file("application/problem+json", error.problem().to_string()),
    };
    answer.status = error.status();
    let answer = match error {
        ApiError::MethodNotAllowed { allow, .. } => answer.with(header::ALLOW, allow),
        ApiError::Refused { status, .. } if *status == StatusCode::UNAUTHORIZED => {
            answer.with(header::WWW_AUTHENTICATE, challenge(context.has_token))
        }
        ApiError::Explained { retry_after: Some(seconds), .. } => {
            answer.with(header::RETRY_AFTER, &seconds.to_string())
        }
        _ => answer,
    };
    respond(answer.uncached(), method, &HeaderMap::new(), Some(context.language))
}

/// Adds what all answers share; 304 where the client has the bytes already. `language` is that of a page.
fn respond(answer: Answer, method: &Method, request: &HeaderMap, language: Option<Language>) -> Response {
    let mut response = Response::new(Body::empty());
    let mut status = answer.status;
    let etag = match (answer.etag, status) {
        // Of what a write answers, a tag is that of the feature (RFC 9110, 8.8.3), which only the write knows.
        (None, StatusCode::OK)
            if answer.stream.is_none() && matches!(*method, Method::GET | Method::HEAD) =>
        {
            Some(etag::tag(&[&answer.body, answer.content_type.as_bytes()]))
        }
        (etag, _) => etag,
    };
    if let Some(etag) = etag {
        if status == StatusCode::OK && etag::matches(request, &etag) {
            status = StatusCode::NOT_MODIFIED;
        }
        if let Ok(etag) = HeaderValue::from_str(&etag) {
            response.headers_mut().insert(header::ETAG, etag);
        }
    }
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("Accept, Accept-Encoding, Accept-Language"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY));
    if status == StatusCode::OK {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    }
    if answer.content_type.starts_with(Media::Html.name())
        && let Some(language) = language
    {
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.code()));
    }
    let bodiless = matches!(status, StatusCode::NOT_MODIFIED | StatusCode::NO_CONTENT);
    if !bodiless && let Ok(content_type) = HeaderValue::from_str(&answer.content_type) {
        headers.insert(header::CONTENT_TYPE, content_type);
    }
    let skipped = |name: &HeaderName| bodiless && *name == HeaderName::from_static("content-crs");
    for (name, value) in answer.headers.into_iter().filter(|(name, _)| !skipped(name)) {
        // Of links there may be several; all else that an answer says holds in place of what is usual.
        if name == header::LINK {
            headers.append(name, value);
        } else {
            headers.insert(name, value);
        }
    }
    let body = answer.stream.unwrap_or_else(|| Body::from(answer.body));
    if method == Method::HEAD && !bodiless {
        if let Some(bytes) = http_body::Body::size_hint(&body).exact() {
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes));
        }
    } else if !bodiless {
        *response.body_mut() = body;
    }
    *response.status_mut() = status;
    response
}
