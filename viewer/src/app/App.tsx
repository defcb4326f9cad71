/** The page: header, panel, 3D view, footer. */
import { useEffect } from 'preact/hooks';
import { Header } from '../panels/Header';
import { Layers } from '../panels/Layers';
import { ColourBy } from '../panels/ColourBy';
import { Sun } from '../panels/Sun';
import { Info } from '../panels/Info';
import { InView } from '../panels/InView';
import { Plans } from '../panels/Plans';
import { Plot } from '../panels/Plot';
import { Rendering } from '../panels/Rendering';
import { Section } from '../panels/Section';
import { View } from '../panels/View';
import { Footer } from '../panels/Footer';
import { t } from '../i18n';
import { bare, config, language } from '../state/store';

export function App() {
  const title = t('app.name', { title: config.value?.title ?? '' }).trim();
  useEffect(() => { document.title = title; }, [title, language.value]);
  if (bare.value) return <main class="bare"><h1 class="hidden">{title}</h1><View /></main>;
  return (
    <>
      <a class="skip" href="#view" onClick={(event) => { event.preventDefault(); document.querySelector<HTMLElement>('#view canvas')?.focus(); }}>{t('skip')}</a>
      <Header title={title} />
      <main>
        <div class="panel" role="region" aria-label={t('panel')} tabIndex={0}>
          <Plans /><Layers /><ColourBy /><Sun /><Info /><InView /><Section /><Rendering />
        </div>
        <View />
        <Plot />
      </main>
      <Footer />
    </>
  );
}
