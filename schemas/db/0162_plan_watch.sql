-- What is looked at by itself: conflicts once a night, and deadlines of requests.

CREATE TABLE plan_watch (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    night date NOT NULL DEFAULT '-infinity'
);
INSERT INTO plan_watch DEFAULT VALUES;
COMMENT ON TABLE plan_watch IS 'One row: what servers on this store have looked at.';
COMMENT ON COLUMN plan_watch.only_row IS 'There is one row.';
COMMENT ON COLUMN plan_watch.night IS 'The last night (UTC) in which one of them began to look for conflicts of all plans.';

ALTER TABLE coordination_addressee ADD COLUMN reminded smallint NOT NULL DEFAULT 0 CHECK (reminded BETWEEN 0 AND 2);
COMMENT ON COLUMN coordination_addressee.reminded IS '1: was told that the deadline is near; 2: that it is over, and so was the sender.';
