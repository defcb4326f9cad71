import { defineConfig } from 'vite';

// Cesium looks for its workers and assets below this folder; scripts/assets.mjs fills it.
export default defineConfig({
  base: './',
  define: { CESIUM_BASE_URL: JSON.stringify('./cesium/') },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    outDir: 'dist',
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 6000,
    rolldownOptions: {
      input: { index: 'index.html', map: 'map.html' },
      output: {
        codeSplitting: {
          groups: [
            { name: 'maplibre', test: /node_modules[\\/]maplibre-gl/ },
            { name: 'cesium', test: /node_modules[\\/](?!preact|@preact|maplibre-gl)/ },
          ],
        },
      },
    },
  },
});
