//! Features replaced whole: what was read and comes back untouched stays as it is.

use tokio::runtime::Handle;

use stadtwin_formats::{Selection, Shape};
use stadtwin_model::{CityObject, Place};

use super::echo::{has_all_images, restored};
use super::make::Maker;
use super::outline::is_outline_of;
use super::place;
use super::properties::Way;
use super::report::EditAction;
use super::resolve::Subject;
use super::{EditError, Plain};
use crate::city_pen::{CityForm, write_objects};
use crate::import::{Body, Checked, content_hash, read_body};

impl Maker<'_> {
    /// By one object of a city model.
    pub async fn replace_whole(
        &mut self,
        index: usize,
        subject: &Subject,
        mut objects: Vec<Checked>,
        form: CityForm,
    ) -> Result<(), EditError> {
        let (Some(mut checked), 0) = (objects.pop(), objects.len()) else {
            self.drafts.unusable(index, None, "the body must hold one object");
            return Ok(());
        };
        if self.names_other(index, Some(&checked.object.id), subject) {
            return Ok(());
        }
        let Some((id, feature)) = subject.live() else {
            let is_refused = self.is_foreign(index, &checked.object).await?
                || self.is_mistyped(index, None, &checked.object);
            if !is_refused {
                self.drafts.result(index, &checked.object.id, EditAction::Inserted);
                self.drafts.whole.push(checked);
            }
            return Ok(());
        };
        let Some(old) = self.objects.remove(&feature.key) else { return Ok(()) };
        if let Some(echo) = self.echo(feature.key, form).await? {
            let object = restored(&old, &echo, checked.object.clone());
            if object != checked.object {
                checked = Checked { hash: content_hash(&object, &self.storage), object };
            }
        }
        if has_all_images(&checked.object) {
            self.drafts.issues.retain(|issue| issue.object != id || !issue.code.starts_with("image_"));
        }
        if old == checked.object {
            self.drafts.unchanged(index, id, feature.revision);
        } else if !self.is_mistyped(index, Some(&old), &checked.object) {
            self.drafts.result(index, id, EditAction::Updated);
            self.drafts.ended.push((feature.key, old));
            self.drafts.whole.push(checked);
        }
        Ok(())
    }

    /// The feature as it was before, written and read again; `None` where that cannot be read.
    async fn echo(&self, key: i64, form: CityForm) -> Result<Option<CityObject>, EditError> {
        let (collection, selection) = (self.session.collection(), Selection::default());
        let bytes = write_objects(self.store, collection, &[(key, 0)], form, selection, Vec::new()).await?;
        let body = Body {
            bytes,
            forced: None,
            storage: self.storage,
            store: self.store.clone(),
            declared: self.declared.clone(),
        };
        let runtime = Handle::current();
        let read = tokio::task::spawn_blocking(move || read_body(body, &runtime));
        let read = read.await.map_err(anyhow::Error::from)?;
        Ok(read.ok().and_then(|mut read| read.objects.pop()).map(|checked| checked.object))
    }

    /// By a feature of GeoJSON or JSON-FG.
    pub async fn replace_plain(
        &mut self,
        index: usize,
        subject: &Subject,
        plain: &Plain,
        mut shape: Option<Shape>,
    ) -> Result<(), EditError> {
        if self.names_other(index, plain.id.as_deref(), subject) {
            return Ok(());
        }
        let (id, key) = match subject {
            Subject::Absent(id) => return self.create(index, id.clone(), plain, shape).await,
            Subject::Live { id, feature } => (id, feature.key),
            Subject::New => return Ok(()),
        };
        let (Some(given), Some(shown)) = (&plain.place, self.shown.get(&key)) else {
            return self.change(index, subject, &plain.properties, Way::Whole, Some(shape)).await;
        };
        let collection = self.session.collection();
        let is_shown = place::is_shown(self.store, collection, self.tools, &self.storage, shown, given).await;
        let has_outline = !shown.footprint.is_empty() || shown.place != Place::Nothing;
        let fault = match is_shown {
            Err(detail) => Some(detail),
            Ok(false) => Some(OTHER_PLACE.to_owned()),
            // What stands upright has a point for an outline.
            Ok(true) if !has_outline => {
                shape = None;
                None
            }
            Ok(true) if shape.is_none() || is_outline_of(shape.as_ref(), shown) => None,
            Ok(true) => Some(PLACE_BEHIND.to_owned()),
        };
        if let Some(detail) = fault {
            self.drafts.unusable(index, Some(id), detail);
            return Ok(());
        }
        // `place` says it all, and is what is there.
        let shape = shape.filter(|_| has_outline).map(Some);
        self.change(index, subject, &plain.properties, Way::Whole, shape).await
    }
}

const OTHER_PLACE: &str = "`place` is another one than the feature has: send the whole object as CityJSON or CityGML to \
     change its shape, or leave `place` out";
const PLACE_BEHIND: &str = "`geometry` is another one than the feature has, and `place` is not: leave `place` out to change the outline";
