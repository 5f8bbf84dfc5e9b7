-- What Redshift has and PostgreSQL has not, in the template of all databases.

SET allow_system_table_mods = on;
SET search_path = pg_catalog;
SET standard_conforming_strings = on;
GRANT CREATE ON SCHEMA public TO PUBLIC;

CREATE DOMAIN pg_catalog.super AS jsonb;

CREATE OR REPLACE FUNCTION pg_catalog.version() RETURNS text LANGUAGE sql STABLE AS
$$ SELECT 'PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2, Redshift 1.0.99999 (sandbox)'::text $$;
CREATE FUNCTION pg_catalog.getdate() RETURNS timestamp LANGUAGE sql STABLE AS $$ SELECT now()::timestamp $$;
CREATE FUNCTION pg_catalog.len(text) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT length($1) $$;
CREATE FUNCTION pg_catalog.json_parse(text) RETURNS super LANGUAGE sql IMMUTABLE AS $$ SELECT $1::jsonb $$;
-- JSON_SERIALIZE itself is a word of PostgreSQL's own grammar since 17.
CREATE FUNCTION pg_catalog.ess_json_serialize(super) RETURNS varchar LANGUAGE sql IMMUTABLE AS $$ SELECT $1::text $$;
CREATE FUNCTION pg_catalog.convert_timezone(text, timestamp) RETURNS timestamp LANGUAGE sql STABLE AS
$$ SELECT ($2 AT TIME ZONE 'UTC') AT TIME ZONE $1 $$;

-- What the session's last COPY did; the front sets it.
CREATE FUNCTION pg_catalog.pg_last_copy_count() RETURNS bigint LANGUAGE sql VOLATILE AS
$$ SELECT coalesce(nullif(current_setting('ess_sandbox.copy_count', true), ''), '0')::bigint $$;
CREATE FUNCTION pg_catalog.pg_last_copy_id() RETURNS int LANGUAGE sql VOLATILE AS
$$ SELECT coalesce(nullif(current_setting('ess_sandbox.copy_id', true), ''), '-1')::int $$;
CREATE FUNCTION pg_catalog.pg_last_query_id() RETURNS int LANGUAGE sql VOLATILE AS
$$ SELECT coalesce(nullif(current_setting('ess_sandbox.copy_id', true), ''), '-1')::int $$;

-- What the session's last UNLOAD did; the front sets it.
CREATE FUNCTION pg_catalog.pg_last_unload_count() RETURNS bigint LANGUAGE sql VOLATILE AS
$$ SELECT coalesce(nullif(current_setting('ess_sandbox.unload_count', true), ''), '0')::bigint $$;
CREATE FUNCTION pg_catalog.pg_last_unload_id() RETURNS int LANGUAGE sql VOLATILE AS
$$ SELECT coalesce(nullif(current_setting('ess_sandbox.unload_id', true), ''), '-1')::int $$;

-- Logs are files that the front writes: seen at once by everybody, whatever transaction is rolled back.
CREATE FUNCTION pg_catalog.ess_log(name text) RETURNS SETOF jsonb LANGUAGE sql VOLATILE SECURITY DEFINER AS
$$
    SELECT line::jsonb
    FROM string_to_table(
        CASE WHEN name ~ '^[a-z_]+$' THEN pg_read_file('ess_' || name || '.jsonl') END, E'\n'
    ) AS line
    WHERE line <> ''
$$;

CREATE VIEW pg_catalog.stl_load_errors AS
SELECT 100 AS userid, 0 AS slice, e.tbl, e.starttime, e.session, e.query, e.filename::char(256) AS filename,
    e.line_number, e.colname::char(127) AS colname, e.type::char(10) AS type, e.col_length::char(10) AS col_length,
    0 AS position, e.raw_line::char(1024) AS raw_line, e.raw_field_value::char(1024) AS raw_field_value,
    e.err_code, e.err_reason::char(100) AS err_reason, 0 AS is_partial, 0::bigint AS start_offset
FROM pg_catalog.ess_log('load_errors') AS line,
    jsonb_to_record(line) AS e(tbl int, starttime timestamp, session int, query int, filename text, line_number bigint,
        colname text, type text, col_length text, raw_line text, raw_field_value text, err_code int, err_reason text);

CREATE VIEW pg_catalog.sys_load_error_detail AS
SELECT userid AS user_id, query::bigint AS query_id, 0::bigint AS transaction_id, session AS session_id,
    current_database()::text AS database_name, tbl AS table_id, starttime AS start_time,
    rtrim(filename)::varchar(256) AS file_name, line_number, rtrim(colname)::varchar(127) AS column_name,
    rtrim(type)::varchar(10) AS column_type, rtrim(col_length)::varchar(10) AS column_length, position,
    err_code AS error_code, rtrim(err_reason)::varchar(512) AS error_message
FROM pg_catalog.stl_load_errors;

CREATE VIEW pg_catalog.stl_load_commits AS
SELECT 100 AS userid, c.query, 0 AS slice, c.filename::char(256) AS name, c.filename::char(256) AS filename,
    0 AS byte_offset, c.lines_scanned, c.errors, c.curtime, 1 AS status
FROM pg_catalog.ess_log('load_commits') AS line,
    jsonb_to_record(line) AS c(query int, filename text, lines_scanned bigint, errors int, curtime timestamp);

CREATE VIEW pg_catalog.stl_unload_log AS
SELECT 100 AS userid, u.query, 0 AS slice, u.pid, u.path::char(1280) AS path, u.starttime AS start_time,
    u.endtime AS end_time, u.line_count, u.transfer_size, u.file_format::char(10) AS file_format
FROM pg_catalog.ess_log('unloads') AS line,
    jsonb_to_record(line) AS u(query int, pid int, path text, starttime timestamp, endtime timestamp, line_count bigint,
        transfer_size bigint, file_format text);

CREATE VIEW pg_catalog.sys_unload_detail AS
SELECT userid AS user_id, query AS query_id, pid AS session_id, 0::bigint AS transaction_id, path AS file_name,
    start_time, end_time, line_count, transfer_size, file_format
FROM pg_catalog.stl_unload_log;

CREATE VIEW pg_catalog.stl_query AS
SELECT 100 AS userid, q.query, q.pid, q.querytxt::char(4000) AS querytxt, q.starttime, q.endtime, q.aborted
FROM pg_catalog.ess_log('queries') AS line,
    jsonb_to_record(line) AS q(query int, pid int, querytxt text, starttime timestamp, endtime timestamp, aborted int);

CREATE VIEW pg_catalog.sys_load_history AS
SELECT 100 AS user_id, q.query::bigint AS query_id, q.pid AS session_id,
    CASE q.aborted WHEN 0 THEN 'completed' ELSE 'aborted' END AS status, q.starttime AS start_time,
    q.endtime AS end_time, q.loaded AS loaded_rows, q.error AS error_message
FROM pg_catalog.ess_log('queries') AS line,
    jsonb_to_record(line) AS q(query int, pid int, starttime timestamp, endtime timestamp, aborted int, loaded bigint,
        error text);

-- PRIMARY KEY, DISTKEY and SORTKEY, kept as checks that are always true and name their columns.
CREATE VIEW pg_catalog.ess_keys AS
SELECT c.conrelid, split_part(c.conname, '_', 2) AS kind, a.attname, k.place
FROM pg_constraint c, unnest(c.conkey) WITH ORDINALITY AS k(attnum, place), pg_attribute a
WHERE c.contype = 'c' AND c.conname ~ '^ess_(pk|dist|sort)_' AND a.attrelid = c.conrelid AND a.attnum = k.attnum;

CREATE VIEW pg_catalog.svv_columns AS
SELECT table_catalog, table_schema, table_name, column_name, ordinal_position,
    CASE is_identity WHEN 'YES' THEN format('"identity"(%s, %s, ''%s,%s''::text)',
        format('%I.%I', table_schema, table_name)::regclass::oid, ordinal_position - 1, identity_start, identity_increment)
        ELSE column_default END AS column_default, is_nullable,
    CASE data_type WHEN 'jsonb' THEN 'super' WHEN 'bytea' THEN 'binary varying' ELSE data_type END AS data_type,
    character_maximum_length, numeric_precision, numeric_precision_radix, numeric_scale, datetime_precision,
    ''::varchar AS remarks
FROM information_schema.columns
WHERE table_schema NOT IN ('pg_catalog', 'information_schema');

CREATE VIEW pg_catalog.svv_all_columns AS
SELECT table_catalog::varchar AS database_name, table_schema::varchar AS schema_name, table_name::varchar,
    column_name::varchar, ordinal_position::int, column_default::varchar, is_nullable::varchar, data_type::varchar,
    character_maximum_length::int, numeric_precision::int, numeric_scale::int, remarks
FROM svv_columns;

CREATE VIEW pg_catalog.svv_tables AS
SELECT table_catalog, table_schema, table_name, table_type, ''::varchar AS remarks
FROM information_schema.tables;

CREATE VIEW pg_catalog.svv_all_tables AS
SELECT table_catalog::varchar AS database_name, table_schema::varchar AS schema_name, table_name::varchar,
    CASE table_type WHEN 'VIEW' THEN 'VIEW' ELSE 'TABLE' END::varchar AS table_type, ''::varchar AS table_acl,
    ''::varchar AS remarks
FROM information_schema.tables
WHERE table_schema NOT IN ('pg_catalog', 'information_schema');

CREATE VIEW pg_catalog.pg_table_def AS
SELECT n.nspname AS schemaname, c.relname AS tablename, a.attname AS "column",
    format_type(a.atttypid, a.atttypmod) AS type, 'none'::text AS encoding,
    exists(SELECT FROM ess_keys k WHERE k.conrelid = c.oid AND k.kind = 'dist' AND k.attname = a.attname) AS distkey,
    coalesce((SELECT max(k.place) FROM ess_keys k
        WHERE k.conrelid = c.oid AND k.kind = 'sort' AND k.attname = a.attname), 0)::int AS sortkey,
    a.attnotnull AS "notnull"
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
ORDER BY c.oid, a.attnum;

CREATE VIEW pg_catalog.svv_table_info AS
SELECT current_database()::text AS "database", n.nspname::text AS "schema", c.oid::int AS table_id,
    c.relname::text AS "table", 'N'::text AS encoded,
    coalesce('KEY(' || (SELECT min(attname) FROM ess_keys k WHERE k.conrelid = c.oid AND kind = 'dist') || ')',
        'AUTO(ALL)') AS diststyle,
    (SELECT min(attname)::text FROM ess_keys k WHERE k.conrelid = c.oid AND kind = 'sort' AND place = 1) AS sortkey1,
    (pg_relation_size(c.oid) / 1048576)::bigint AS size, c.reltuples::numeric AS tbl_rows
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema');

CREATE VIEW pg_catalog.stv_slices AS
SELECT g / 2 AS node, g AS slice, g % 2 AS localslice, 'D'::char(1) AS type FROM generate_series(0, 3) AS g;

-- Clients look for a primary key here.
CREATE OR REPLACE VIEW pg_catalog.pg_indexes AS
SELECT n.nspname AS schemaname, c.relname AS tablename, i.relname AS indexname, t.spcname AS tablespace,
    pg_get_indexdef(i.oid) AS indexdef
FROM pg_index x
JOIN pg_class c ON c.oid = x.indrelid
JOIN pg_class i ON i.oid = x.indexrelid
LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_tablespace t ON t.oid = i.reltablespace
WHERE c.relkind IN ('r', 'm', 'p') AND i.relkind IN ('i', 'I')
UNION ALL
SELECT n.nspname, c.relname, (c.relname || '_pkey')::name, NULL::name,
    (format('CREATE UNIQUE INDEX %I ON %I.%I USING btree (', c.relname || '_pkey', n.nspname, c.relname)
        || string_agg(quote_ident(k.attname), ', ' ORDER BY k.place) || ')')::text COLLATE "default"
FROM ess_keys k
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE k.kind = 'pk'
GROUP BY 1, 2, 3;

GRANT SELECT ON stl_load_errors, sys_load_error_detail, stl_load_commits, stl_unload_log,
    sys_unload_detail, stl_query, sys_load_history, ess_keys,
    svv_columns, svv_all_columns, svv_tables, svv_all_tables, pg_table_def, svv_table_info, stv_slices, pg_indexes
    TO PUBLIC;
