/** Puts the page on the screen. */
import './back';
import { render } from 'preact';
import './app/styles.css';
import { App } from './app/App';
import { prepare } from './app/controller';

prepare();
const host = document.getElementById('app');
if (host) render(<App />, host);
