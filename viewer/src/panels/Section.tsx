/** The tool that draws a section through the ground. */
import { useEffect } from 'preact/hooks';
import { addMiddle, drawSection } from '../app/section';
import { number, t } from '../i18n';
import { lengthOf } from '../profile';
import { terrain } from '../state/ground';
import { clear, corners, dropCorner, finish, isDrawing, profile } from '../state/profile';

export function Section() {
  const drawing = isDrawing.value;
  useEffect(() => {
    if (!drawing) return undefined;
    const leave = (event: KeyboardEvent) => { if (event.key === 'Escape') { clear(); event.preventDefault(); } };
    document.addEventListener('keydown', leave);
    return () => document.removeEventListener('keydown', leave);
  }, [drawing]);
  if (!terrain.value) return null;
  const count = corners.value.length;
  return (
    <section aria-labelledby="h-section" id="section">
      <h2 id="h-section">{t('section')}</h2>
      {!drawing && <button type="button" id="section-draw" onClick={drawSection}>{t(profile.value ? 'section.again' : 'section.draw')}</button>}
      {drawing && (
        <>
          <p class="hint">{t('section.help')}</p>
          <div class="row">
            <button type="button" id="section-middle" onClick={addMiddle}>{t('section.middle')}</button>
            <button type="button" disabled={count === 0} onClick={dropCorner}>{t('section.drop')}</button>
            <button type="button" id="section-finish" disabled={count < 2} onClick={finish}>{t('section.finish')}</button>
            <button type="button" onClick={clear}>{t('section.cancel')}</button>
          </div>
        </>
      )}
      <p class="hint" role="status">{drawing && count > 0 && t('section.points', { n: count, length: number(lengthOf(corners.value), 0) })}</p>
    </section>
  );
}
