/** Logging in at an issuer or with a token, and out. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { logIn, logInAt, logOut, type LogIn } from '../app/session';
import { t } from '../i18n';
import type { Provider } from '../oidc';
import { expired, fault, session } from '../state/session';
import { config } from '../state/store';

export function Session() {
  const dialog = useRef<HTMLDialogElement>(null);
  const [state, setState] = useState<'idle' | 'asking' | LogIn>('idle');
  const close = () => { dialog.current?.close(); setState('idle'); };
  const providers = config.value?.identityProviders ?? [];
  return (
    <>
      {session.value
        ? <><span id="who" title={session.value.name}>{t('session.who', { name: session.value.name })}</span> <button type="button" id="log-out" onClick={logOut}>{t('session.logOut')}</button></>
        : <button type="button" id="log-in" onClick={() => dialog.current?.showModal()}>{t('session.logIn')}</button>}
      {expired.value && <span class="expired" role="alert">{t('session.expired')}</span>}
      {fault.value && <span class="expired" role="alert">{t(`session.fault.${fault.value}`)}</span>}
      <dialog ref={dialog} aria-labelledby="h-session" onClose={() => setState('idle')}>
        <h2 id="h-session">{t('session.logIn')}</h2>
        {providers.length > 0 && <Providers providers={providers} close={close} />}
        <TokenForm state={state} setState={setState} isOnly={providers.length === 0} close={close} />
      </dialog>
    </>
  );
}

/** A button for each issuer. The page is left, so there is nothing to wait for but the issuer's configuration. */
function Providers({ providers, close }: { providers: Provider[]; close: () => void }) {
  const [isAsking, setAsking] = useState(false);
  // Who goes back from the issuer may find this page as it was left.
  useEffect(() => {
    const again = ({ persisted }: PageTransitionEvent) => { if (persisted) setAsking(false); };
    addEventListener('pageshow', again);
    return () => removeEventListener('pageshow', again);
  }, []);
  const go = async (provider: Provider) => {
    setAsking(true);
    await logInAt(provider);
    if (fault.value === null) return;
    setAsking(false);
    close();
  };
  return (
    <div class="providers">
      {providers.map((one) => <button key={one.issuer} type="button" class="main" disabled={isAsking} onClick={() => void go(one)}>{t('session.at', { title: one.title })}</button>)}
      <p class="hint">{t('session.at.help')}</p>
    </div>
  );
}

interface FormProps { state: 'idle' | 'asking' | LogIn; setState: (state: 'idle' | 'asking' | LogIn) => void; isOnly: boolean; close: () => void }
function TokenForm({ state, setState, isOnly, close }: FormProps) {
  const send = async (form: HTMLFormElement) => {
    const field = form.elements.namedItem('token') as HTMLInputElement;
    setState('asking');
    const found = await logIn(field.value);
    setState(found);
    if (found === 'in') { field.value = ''; close(); } else field.focus();
  };
  const told = state === 'wrong' || state === 'away' ? t(`session.${state}`) : '';
  return (
    <form onSubmit={(event) => { event.preventDefault(); void send(event.currentTarget); }}>
      <label for="token">{t(isOnly ? 'session.token' : 'session.token.instead')}</label>
      <input id="token" name="token" type="password" required autocomplete="off" spellcheck={false} aria-describedby="token-help" aria-invalid={state === 'wrong'} />
      <p class="hint" id="token-help">{t('session.help')}</p>
      <p class="fault" role="alert">{told}</p>
      <div class="row">
        <button type="submit" class={isOnly ? 'main' : undefined} disabled={state === 'asking'}>{t('session.send')}</button>
        <button type="button" onClick={close}>{t('session.cancel')}</button>
      </div>
    </form>
  );
}
