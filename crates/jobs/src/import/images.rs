//! Texture images of a file: found beside it, judged by their head, kept once in the store where there is one. Never decoded.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;

use stadtwin_formats::{Beside, BesideError, Input, image_header};
use stadtwin_model::{CityObject, Geometry, Image, Issue, Severity, Template};
use stadtwin_store::Store;

/// Larger files are no textures.
const LARGEST_BYTES: u64 = 64 << 20;
/// Names whose answers are remembered; more in one file are looked up again.
const REMEMBERED: usize = 200_000;
/// Dressed prototypes that a worker remembers.
const TEMPLATES: usize = 32;
/// Of a name in a message [characters].
const SHOWN: usize = 200;

/// The images of one file, for all its workers.
pub(crate) struct Images {
    /// `None` on a dry run or a check alone: nothing is written.
    store: Option<(Store, Handle)>,
    /// Name → hash in hexadecimal, where the image is there and usable.
    known: Mutex<HashMap<String, Option<String>>>,
    /// Held while an image is read and stored, so that one at a time is in memory.
    beside: Mutex<Beside>,
}

impl Images {
    pub fn new(input: &Input, store: Option<(Store, Handle)>) -> Images {
        Images { store, known: Mutex::default(), beside: Mutex::new(input.beside()) }
    }

    /// Gives the textures of a geometry the hashes of their images. Not to be called on the runtime's own threads.
    fn dress(&self, geometry: &mut Geometry, issues: &mut Vec<Issue>) {
        let textures = geometry.appearances.iter_mut().flat_map(|appearance| &mut appearance.textures);
        for texture in textures.filter(|texture| !texture.image.is_empty()) {
            let (hash, issue) = self.look_up(&texture.image);
            texture.image_hash = hash;
            issues.extend(issue);
        }
    }

    /// The finding comes with the first look only.
    fn look_up(&self, name: &str) -> (Option<String>, Option<Issue>) {
        if let Some(known) = self.recall(name) {
            return (known, None);
        }
        let mut beside = lock(&self.beside);
        // Another worker may have looked meanwhile.
        if let Some(known) = self.recall(name) {
            return (known, None);
        }
        let (hash, issue) = match self.take(&mut beside, name) {
            Ok(hash) => (Some(hash), None),
            Err(issue) => (None, Some(*issue)),
        };
        let mut known = lock(&self.known);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(name.to_owned(), hash.clone());
        (hash, issue)
    }

    fn recall(&self, name: &str) -> Option<Option<String>> {
        lock(&self.known).get(name).cloned()
    }

    /// Reads, judges and stores an image; gives its hash.
    fn take(&self, beside: &mut Beside, name: &str) -> Result<String, Box<Issue>> {
        let content = beside.read(name, LARGEST_BYTES).map_err(|error| not_read(name, &error))?;
        let header = image_header(&content).ok_or_else(|| {
            unusable(name, "its content is none of PNG, JPEG, GIF, TIFF, BMP and WebP, or it is broken off")
        })?;
        let side = 1..=i32::MAX.unsigned_abs();
        if !side.contains(&header.width) || !side.contains(&header.height) {
            let reason = format!("it says that it has {} × {} pixels", header.width, header.height);
            return Err(unusable(name, &reason));
        }
        let mut hash = [0; 16];
        hash.copy_from_slice(&blake3::hash(&content).as_bytes()[..16]);
        let (width, height) = (header.width, header.height);
        let image = Image { hash, mime_type: header.mime_type.to_owned(), width, height, content };
        if let Some((store, runtime)) = &self.store {
            runtime.block_on(store.keep_image(&image)).map_err(|error| not_kept(name, &error))?;
        }
        Ok(format!("{:032x}", u128::from_be_bytes(hash)))
    }
}

/// Lives in one worker thread.
pub(crate) struct Dresser {
    images: Arc<Images>,
    /// Prototypes as read and with their hashes: those shown in many places stay shared.
    templates: Vec<(Arc<Template>, Arc<Template>)>,
}

impl Dresser {
    pub fn new(images: Arc<Images>) -> Dresser {
        Dresser { images, templates: Vec::new() }
    }

    /// Gives the textures of an object and its children the hashes of their images.
    pub fn dress(&mut self, object: &mut CityObject, line: u64, issues: &mut Vec<Issue>) {
        let own = issues.len();
        self.dress_part(object, issues);
        for issue in issues.iter_mut().skip(own) {
            issue.object.clone_from(&object.id);
            issue.line = line;
        }
    }

    fn dress_part(&mut self, part: &mut CityObject, issues: &mut Vec<Issue>) {
        for geometry in &mut part.geometries {
            self.images.dress(geometry, issues);
        }
        for implicit in &mut part.implicit_geometries {
            if implicit.template.geometry.as_ref().is_some_and(is_textured) {
                implicit.template = self.dressed(&implicit.template, issues);
            }
        }
        for child in &mut part.children {
            self.dress_part(child, issues);
        }
    }

    fn dressed(&mut self, template: &Arc<Template>, issues: &mut Vec<Issue>) -> Arc<Template> {
        if let Some((_, dressed)) = self.templates.iter().find(|(bare, _)| Arc::ptr_eq(bare, template)) {
            return dressed.clone();
        }
        let mut dressed = Template::clone(template);
        if let Some(geometry) = &mut dressed.geometry {
            self.images.dress(geometry, issues);
        }
        let dressed = Arc::new(dressed);
        if self.templates.len() >= TEMPLATES {
            self.templates.clear();
        }
        self.templates.push((template.clone(), dressed.clone()));
        dressed
    }
}

fn is_textured(geometry: &Geometry) -> bool {
    geometry.appearances.iter().any(|appearance| !appearance.textures.is_empty())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn not_read(name: &str, error: &BesideError) -> Box<Issue> {
    let shown = shown(name);
    match error {
        BesideError::Missing => {
            let message = format!(
                "the image `{shown}` is not there, so its texture stays without; put it where the file says, in what is given, and try again"
            );
            finding("image_missing", Severity::Warning, message)
        }
        BesideError::Outside => {
            let message = format!(
                "the image `{shown}` lies outside of the folder or archive that was given and was not fetched; put it beside the file and name it relative to that, or import the folder that holds both"
            );
            finding("image_outside", Severity::Warning, message)
        }
        BesideError::TooLarge { .. } | BesideError::Io(_) => unusable(name, &error.to_string()),
    }
}

fn unusable(name: &str, reason: &str) -> Box<Issue> {
    let message = format!("the image `{}` cannot be used: {reason}", shown(name));
    finding("image_unusable", Severity::Warning, message)
}

fn not_kept(name: &str, error: &dyn std::error::Error) -> Box<Issue> {
    tracing::error!(image = name, cause = %error, "The database did not take an image");
    let message = format!("the database did not take the image `{}`; import the file again", shown(name));
    finding("image_not_kept", Severity::Error, message)
}

fn finding(code: &str, severity: Severity, message: String) -> Box<Issue> {
    Box::new(Issue { code: code.into(), severity, message, ..Issue::default() })
}

fn shown(name: &str) -> String {
    name.chars().take(SHOWN).collect()
}
