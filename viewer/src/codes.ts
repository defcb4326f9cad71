/** Names of the survey's (AdV) codes for building function and roof type. */
type Names = Record<string, [de: string, en: string]>;

const ROOFS: Names = {
  1000: ['Flachdach', 'flat roof'], 2100: ['Pultdach', 'monopitch roof'], 2200: ['versetztes Pultdach', 'dual monopitch roof'],
  3100: ['Satteldach', 'gable roof'], 3200: ['Walmdach', 'hip roof'], 3300: ['Krüppelwalmdach', 'half-hip roof'],
  3400: ['Mansarddach', 'mansard roof'], 3500: ['Zeltdach', 'pyramid roof'], 3600: ['Kegeldach', 'cone roof'],
  3700: ['Kuppeldach', 'dome'], 3800: ['Sheddach', 'sawtooth roof'], 3900: ['Bogendach', 'arched roof'],
  4000: ['Turmdach', 'spire'], 5000: ['Mischform', 'mixed form'], 9999: ['sonstiges', 'other'],
};
const FUNCTIONS: Names = {
  1000: ['Wohngebäude', 'residential building'], 1001: ['Hauptgebäude', 'main building'], 1002: ['Nebengebäude', 'side building'],
  1010: ['Wohnhaus', 'house'], 1100: ['gemischt genutztes Wohngebäude', 'residential building, mixed use'],
  2000: ['Gebäude für Wirtschaft oder Gewerbe', 'business building'], 2010: ['Gebäude für Handel und Dienstleistung', 'trade and services'],
  2020: ['Bürogebäude', 'office building'], 2050: ['Geschäftsgebäude', 'shops'], 2071: ['Hotel', 'hotel'], 2081: ['Gaststätte', 'restaurant'],
  2100: ['Gebäude für Gewerbe und Industrie', 'industrial building'], 2111: ['Fabrik', 'factory'], 2112: ['Betriebsgebäude', 'works building'],
  2143: ['Lagerhalle', 'warehouse'], 2460: ['Gebäude zum Parken', 'parking'], 2461: ['Parkhaus', 'car park'], 2463: ['Garage', 'garage'],
  2465: ['Tiefgarage', 'underground car park'], 2500: ['Gebäude zur Versorgung', 'supply building'], 2513: ['Wasserbehälter', 'water tank'],
  2523: ['Umformer', 'transformer'], 2720: ['land- und forstwirtschaftliches Betriebsgebäude', 'farm building'], 2721: ['Scheune', 'barn'],
  3000: ['Gebäude für öffentliche Zwecke', 'public building'], 3010: ['Verwaltungsgebäude', 'administration'], 3012: ['Rathaus', 'town hall'],
  3020: ['Gebäude für Bildung und Forschung', 'education and research'], 3021: ['allgemeinbildende Schule', 'school'],
  3040: ['Gebäude für religiöse Zwecke', 'religious building'], 3041: ['Kirche', 'church'], 3043: ['Kapelle', 'chapel'],
  3051: ['Krankenhaus', 'hospital'], 3065: ['Kindertagesstätte', 'nursery'], 3072: ['Feuerwehr', 'fire station'], 3091: ['Bahnhof', 'station'],
  3211: ['Sporthalle', 'sports hall'], 9998: ['nicht spezifiziert', 'not specified'],
};

/** The building's code in `31001_1000` or `1000`; nothing for towers, canopies and other things that only look like it. */
export function functionCode(value: unknown): number | undefined {
  const match = /^(?:(\d{5})_)?(\d{4})$/.exec(String(Array.isArray(value) ? value[0] : value ?? '').trim());
  return match && (match[1] === undefined || match[1] === '31001' || match[1] === '99999') ? Number(match[2]) : undefined;
}

/** The name of a coded value; nothing when it is not a known code. */
export function codeName(property: string, value: unknown, language: string): string | undefined {
  const table = property === 'roofType' ? ROOFS : property === 'function' || property === 'usage' ? FUNCTIONS : undefined;
  const code = table && functionCode(value);
  const names = table && code !== undefined ? table[code] : undefined;
  return names?.[language === 'de' ? 0 : 1];
}
