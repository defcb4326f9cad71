/** What the panel of the login does: in with a token or at an issuer, and out. */
import { whois } from '../api';
import { back } from '../back';
import { comeBack, goLogIn, keepRenewing, leave } from '../login';
import { LogInFault, secret, type Provider } from '../oidc';
import { missing } from '../state/plans';
import { fault, keepSession } from '../state/session';
import { language, link, notice } from '../state/store';

export type LogIn = 'in' | 'wrong' | 'away';
export async function logIn(text: string): Promise<LogIn> {
  const token = text.trim();
  let name: string | null;
  try {
    name = /^[\x21-\x7e]+$/.test(token) ? await whois(token) : null;
  } catch {
    return 'away';
  }
  if (name === null) return 'wrong';
  keepSession({ token, name, id: secret() });
  notice.value = 'session.in';
  return 'in';
}

let isEntered = false;
/** Who comes back from an issuer is somebody from here on. */
export async function enter(): Promise<void> {
  if (isEntered) return;
  isEntered = true;
  keepRenewing();
  if (back === 'left') notice.value = 'session.out';
  try {
    const found = await comeBack(whois);
    if (!found) return;
    keepSession(found);
    notice.value = 'session.in';
  } catch (error) {
    tell(error);
  }
}

/** Leaves for the issuer, with the view to come back to. */
export async function logInAt(provider: Provider): Promise<void> {
  fault.value = null;
  try {
    // Whoever has logged in sees what the link they came by names.
    const wanted = missing.peek();
    await goLogIn(provider, language.peek(), link.peek() + (wanted ? `&sc=${wanted}` : ''));
  } catch (error) {
    tell(error);
  }
}

function tell(error: unknown): void {
  if (!(error instanceof LogInFault)) throw error;
  console.warn(`login: ${error.message}`);
  fault.value = error.fault;
}

export function logOut(): void {
  const address = leave(link.peek());
  if (address) location.assign(address); else notice.value = 'session.out';
}
