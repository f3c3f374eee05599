-- How values leave in answers: the read compiler writes them into its statements, which are inlined.

-- The global id of a row: base64url of "<type>:<uuid>" without padding.
CREATE FUNCTION read_id(type_name text, row_id uuid) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN translate(encode(convert_to(type_name || ':' || row_id::text, 'UTF8'), 'base64'),
                     E'+/=\n', '-_');

-- A decimal without trailing zeros or exponent.
CREATE FUNCTION read_decimal(value numeric) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN trim_scale(value)::text;

-- An instant in UTC with Z, its fraction without trailing zeros; independent of DateStyle.
CREATE FUNCTION read_instant(value timestamptz) RETURNS text
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    RETURN btrim(to_json(value AT TIME ZONE 'UTC')::text, '"') || 'Z';

-- A place in a list: version and fingerprint of the ordering, then the keys of the row as text.
CREATE FUNCTION read_cursor(fingerprint text, VARIADIC keys text[]) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN translate(encode(convert_to(fingerprint || to_json(keys)::text, 'UTF8'), 'base64'),
                     E'+/=\n', '-_');
