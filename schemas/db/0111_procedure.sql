-- The procedure of a plan: its stages with what is displayed, what people say of it, and who is told of what.

CREATE TABLE stage_event (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    project bigint NOT NULL REFERENCES project (key) ON DELETE CASCADE,
    stage integer NOT NULL,
    decided date NOT NULL,
    begins timestamptz,
    ends timestamptz,
    note text,
    reason text,
    set_at timestamptz NOT NULL DEFAULT now(),
    set_by text NOT NULL,
    CHECK (begins IS NULL OR ends > begins)
);
CREATE INDEX stage_event_project ON stage_event (project, id);
COMMENT ON TABLE stage_event IS 'Stages that a project went through; entries are only added.';
COMMENT ON COLUMN stage_event.id IS 'Order of their entry.';
COMMENT ON COLUMN stage_event.project IS 'project.key.';
COMMENT ON COLUMN stage_event.stage IS 'XPlanung BP_Rechtsstand.';
COMMENT ON COLUMN stage_event.decided IS 'Day of the decision or announcement.';
COMMENT ON COLUMN stage_event.begins IS 'Begin of the display, where the stage has one.';
COMMENT ON COLUMN stage_event.ends IS 'End of the display; from then on it is over.';
COMMENT ON COLUMN stage_event.note IS 'For people.';
COMMENT ON COLUMN stage_event.reason IS 'Why the display is shorter than the law has it.';
COMMENT ON COLUMN stage_event.set_at IS 'When it was entered.';
COMMENT ON COLUMN stage_event.set_by IS 'Subject of who entered it.';

CREATE TABLE displayed (
    stage_event bigint NOT NULL REFERENCES stage_event (id) ON DELETE CASCADE,
    scenario bigint NOT NULL REFERENCES scenario (key) ON DELETE CASCADE,
    revision integer NOT NULL,
    PRIMARY KEY (stage_event, scenario)
);
COMMENT ON TABLE displayed IS 'Revisions that are displayed in a stage: they stay as they are for its time.';
COMMENT ON COLUMN displayed.stage_event IS 'stage_event.id.';
COMMENT ON COLUMN displayed.scenario IS 'scenario.key.';
COMMENT ON COLUMN displayed.revision IS 'scenario_revision.number.';

CREATE TABLE comment (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    scenario bigint NOT NULL REFERENCES scenario (key) ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('internal', 'statement')),
    revision integer,
    author text,
    author_name text,
    body text NOT NULL,
    anchor jsonb,
    state text NOT NULL DEFAULT 'accepted' CHECK (state IN ('pending', 'accepted', 'rejected')),
    late boolean NOT NULL DEFAULT false,
    answer text,
    made timestamptz NOT NULL DEFAULT now(),
    moderated timestamptz,
    moderated_by text
);
CREATE INDEX comment_scenario ON comment (scenario, kind, id);
COMMENT ON TABLE comment IS 'What people say of scenarios: among themselves, and as statements on what is displayed.';
COMMENT ON COLUMN comment.id IS 'Number in URLs.';
COMMENT ON COLUMN comment.scenario IS 'scenario.key.';
COMMENT ON COLUMN comment.kind IS 'internal: for those who work on it; statement: on what is published.';
COMMENT ON COLUMN comment.revision IS 'scenario_revision.number that it is about.';
COMMENT ON COLUMN comment.author IS 'Subject; null where nobody was signed in.';
COMMENT ON COLUMN comment.author_name IS 'As the author wants to be called.';
COMMENT ON COLUMN comment.body IS 'The text.';
COMMENT ON COLUMN comment.anchor IS 'Where it is meant: {point, collection, feature, view}.';
COMMENT ON COLUMN comment.state IS 'Statements are seen by others when they are accepted.';
COMMENT ON COLUMN comment.late IS 'Came after the display.';
COMMENT ON COLUMN comment.answer IS 'What the planners answer.';
COMMENT ON COLUMN comment.made IS 'When.';
COMMENT ON COLUMN comment.moderated IS 'When its state or answer was set.';
COMMENT ON COLUMN comment.moderated_by IS 'Subject of who set it.';

CREATE TABLE notification (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    organization text NOT NULL,
    kind text COLLATE "C" NOT NULL,
    project text,
    scenario text,
    subject jsonb NOT NULL,
    made timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX notification_organization ON notification (organization, id);
COMMENT ON TABLE notification IS 'What organizations are told: their inbox, and what their webhooks send on.';
COMMENT ON COLUMN notification.id IS 'Order; clients ask for what comes behind the last one that they know.';
COMMENT ON COLUMN notification.organization IS 'organization.id: who is told.';
COMMENT ON COLUMN notification.kind IS 'scenario.submitted, scenario.published, scenario.shared, conflict.found, statement.made, ….';
COMMENT ON COLUMN notification.project IS 'project.id.';
COMMENT ON COLUMN notification.scenario IS 'scenario.id.';
COMMENT ON COLUMN notification.subject IS 'What more there is to say, for machines.';
COMMENT ON COLUMN notification.made IS 'When.';

CREATE TABLE webhook (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    organization text NOT NULL,
    url text NOT NULL,
    secret text NOT NULL,
    kinds text[] NOT NULL DEFAULT '{}',
    last_sent bigint NOT NULL,
    failures integer NOT NULL DEFAULT 0,
    next_try timestamptz NOT NULL DEFAULT now(),
    last_error text,
    created timestamptz NOT NULL DEFAULT now(),
    created_by text NOT NULL
);
COMMENT ON TABLE webhook IS 'Addresses that notifications of an organization are sent to.';
COMMENT ON COLUMN webhook.id IS 'Number in URLs.';
COMMENT ON COLUMN webhook.organization IS 'organization.id.';
COMMENT ON COLUMN webhook.url IS 'Where they are posted to.';
COMMENT ON COLUMN webhook.secret IS 'Key of the signatures; shown when the webhook is made and never again.';
COMMENT ON COLUMN webhook.kinds IS 'notification.kind that are sent; empty: all.';
COMMENT ON COLUMN webhook.last_sent IS 'notification.id up to which all were sent.';
COMMENT ON COLUMN webhook.failures IS 'Tries in a row that failed.';
COMMENT ON COLUMN webhook.next_try IS 'Not before then.';
COMMENT ON COLUMN webhook.last_error IS 'Why the last try failed; null after a success.';
COMMENT ON COLUMN webhook.created IS 'When it was made.';
COMMENT ON COLUMN webhook.created_by IS 'Subject of who made it.';
