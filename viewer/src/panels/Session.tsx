/** Logging in with a token, and out. */
import { useRef, useState } from 'preact/hooks';
import { logIn, logOut, type LogIn } from '../app/plans';
import { t } from '../i18n';
import { expired, token } from '../state/session';

export function Session() {
  const dialog = useRef<HTMLDialogElement>(null);
  const [state, setState] = useState<'idle' | 'asking' | LogIn>('idle');
  const close = () => { dialog.current?.close(); setState('idle'); };
  const send = async (form: HTMLFormElement) => {
    const field = form.elements.namedItem('token') as HTMLInputElement;
    setState('asking');
    const found = await logIn(field.value);
    setState(found);
    if (found === 'in') { field.value = ''; close(); } else field.focus();
  };
  const told = state === 'wrong' || state === 'away' ? t(`session.${state}`) : '';
  return (
    <>
      {token.value
        ? <button type="button" id="log-out" onClick={logOut}>{t('session.logOut')}</button>
        : <button type="button" id="log-in" onClick={() => dialog.current?.showModal()}>{t('session.logIn')}</button>}
      {expired.value && <span class="expired" role="alert">{t('session.expired')}</span>}
      <dialog ref={dialog} aria-labelledby="h-session" onClose={() => setState('idle')}>
        <form onSubmit={(event) => { event.preventDefault(); void send(event.currentTarget); }}>
          <h2 id="h-session">{t('session.logIn')}</h2>
          <label for="token">{t('session.token')}</label>
          <input id="token" name="token" type="password" required autocomplete="off" spellcheck={false} aria-describedby="token-help" aria-invalid={state === 'wrong'} />
          <p class="hint" id="token-help">{t('session.help')}</p>
          <p class="fault" role="alert">{told}</p>
          <div class="row">
            <button type="submit" class="main" disabled={state === 'asking'}>{t('session.send')}</button>
            <button type="button" onClick={close}>{t('session.cancel')}</button>
          </div>
        </form>
      </dialog>
    </>
  );
}
