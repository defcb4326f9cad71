/** The 3D view with its buttons, keys, progress and messages. */
import { useEffect, useRef } from 'preact/hooks';
import { again, city, start } from '../app/controller';
import { sectionKey } from '../app/section';
import { t, type Key } from '../i18n';
import { Divider } from './Divider';
import { moveOfKey, type Move } from '../scene/keys';
import { isDrawing } from '../state/profile';
import { language, notice, pending, problem, selection } from '../state/store';

const BUTTONS: [Move, Key, string][] = [
  ['in', 'view.in', '+'], ['out', 'view.out', '−'], ['turnLeft', 'view.left', '↺'], ['turnRight', 'view.right', '↻'],
  ['tiltUp', 'view.up', '⌃'], ['tiltDown', 'view.down', '⌄'], ['north', 'view.north', 'N'], ['home', 'view.home', '⌂'],
];

function onKey(event: KeyboardEvent): void {
  const now = city.value;
  if (!now || !(event.target instanceof HTMLCanvasElement) || event.ctrlKey || event.metaKey || event.altKey) return;
  const { canvas, scene } = now.widget;
  const move = moveOfKey(event);
  if (move) now.control.move(move);
  else if (sectionKey(event.key)) event.stopPropagation();
  else if (event.key === 'Escape') selection.value = null;
  else if (event.key === 'Enter') now.select(canvas.clientWidth / 2, canvas.clientHeight / 2);
  else return;
  event.preventDefault();
  scene.requestRender();
}

export function View() {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => { if (host.current) void start(host.current); }, []);
  useEffect(() => {
    const canvas = host.current?.querySelector('canvas');
    if (!canvas) return;
    canvas.tabIndex = 0;
    canvas.setAttribute('role', 'application');
    canvas.setAttribute('aria-label', t('view.help'));
  }, [city.value, language.value, pending.value >= 0]);
  return (
    <div class="view" id="view" role="region" aria-label={t('view')} onKeyDown={onKey}>
      <div class="canvas" ref={host} />
      {isDrawing.value && <div class="cross" aria-hidden="true" />}
      <div class="tools" role="group" aria-label={t('view.tools')}>
        {BUTTONS.map(([move, key, sign]) => (
          <button type="button" key={move} disabled={!city.value} aria-label={t(key)} title={t(key)}
            onClick={() => { city.value?.control.move(move); city.value?.widget.scene.requestRender(); }}><span aria-hidden="true">{sign}</span></button>
        ))}
      </div>
      <Divider />
      <Messages />
    </div>
  );
}

/** So long a notice stands [ms]. */
const NOTICE_MS = 8000;

function Messages() {
  const waiting = pending.value, told = notice.value;
  useEffect(() => {
    if (!told) return undefined;
    const end = setTimeout(() => { if (notice.peek() === told) notice.value = ''; }, NOTICE_MS);
    return () => clearTimeout(end);
  }, [told]);
  const loading = problem.value !== 'away' && problem.value !== 'webgl' && waiting !== 0;
  return (
    <>
      <div class={`loading${loading ? '' : ' hidden'}`} role="status">
        {loading ? t('loading') : waiting === 0 ? t('ready') : ''}
        {loading && waiting > 0 && <span aria-hidden="true"> {t('loading.tiles', { n: waiting })}</span>}
      </div>
      {problem.value !== 'none' && (
        <div class="problem" role="alert">
          <p>{t(problem.value === 'tiles' ? 'tiles.failed' : problem.value)}</p>
          <button type="button" onClick={again}>{t('retry')}</button>
        </div>
      )}
      <div class={told ? 'notice' : 'hidden'} role="status">{told && t(told as Key)}</div>
    </>
  );
}
