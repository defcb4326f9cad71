/** The plot of heights over distance. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { number } from '../i18n';
import { nearest, pathOf, span, ticks, type Profile } from '../profile';
import { cursor } from '../state/profile';

const HEIGHT = 170;
const EDGE = { left: 58, right: 14, top: 12, bottom: 36 };

export function PlotPicture({ found, label, height, distance }: { found: Profile; label: string; height: string; distance: string }) {
  const host = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(360);
  useEffect(() => {
    const watch = new ResizeObserver(([entry]) => { if (entry) setWidth(Math.max(220, Math.floor(entry.contentRect.width))); });
    if (host.current) watch.observe(host.current);
    return () => watch.disconnect();
  }, []);
  const [low, high] = span(found);
  const length = found.length || 1;
  const right = width - EDGE.right, bottom = HEIGHT - EDGE.bottom;
  const x = (way: number) => EDGE.left + (way / length) * (right - EDGE.left);
  const y = (metres: number) => bottom - ((metres - low) / (high - low)) * (bottom - EDGE.top);
  const at = found.samples[cursor.value];
  const look = (event: PointerEvent & { currentTarget: SVGSVGElement }) => {
    const way = ((event.clientX - event.currentTarget.getBoundingClientRect().left - EDGE.left) / (right - EDGE.left)) * length;
    cursor.value = nearest(found.samples, way);
  };
  const heights = ticks(low, high, 4), ways = ticks(0, length, Math.max(2, Math.floor(width / 110)));
  // A single line has no neighbour to differ from.
  const [first = 0, second = first + 1] = heights;
  const digits = Math.max(0, -Math.floor(Math.log10(second - first) + 1e-9));
  return (
    <div ref={host} class="picture">
      <svg width={width} height={HEIGHT} role="img" aria-label={label} onPointerMove={look} onPointerDown={look}>
        {heights.map((metres) => (
          <g key={metres}>
            <line class="grid" x1={EDGE.left} x2={right} y1={y(metres)} y2={y(metres)} />
            <text x={EDGE.left - 6} y={y(metres) + 4} text-anchor="end">{number(metres, digits)}</text>
          </g>
        ))}
        {ways.map((way) => (
          <g key={way}>
            <line class="grid" x1={x(way)} x2={x(way)} y1={bottom} y2={bottom + 4} />
            <text x={x(way)} y={bottom + 16} text-anchor="middle">{number(way)}</text>
          </g>
        ))}
        <text x={(EDGE.left + right) / 2} y={HEIGHT - 5} text-anchor="middle">{distance}</text>
        <text transform={`translate(12 ${(EDGE.top + bottom) / 2}) rotate(-90)`} text-anchor="middle">{height}</text>
        <path class="ground" d={pathOf(found.samples, x, y)} />
        {at && <line class="cursor" x1={x(at.distance)} x2={x(at.distance)} y1={EDGE.top} y2={bottom} />}
        {at?.elevation != null && <circle class="cursor" cx={x(at.distance)} cy={y(at.elevation)} r={5} />}
      </svg>
    </div>
  );
}
