-- callers: who called, from where, and how often. Only what grows with the log is normalised here: ids of runs in the
-- user agent become zeros, and addresses a class with the five lowest. The program does the rest, as for files.
WITH entries AS (
{entries}
),
calls AS (
  SELECT
    seen_at,
    COALESCE(email, '') AS email,
    IF(COALESCE(email, '') = '', COALESCE(subject, ''), '') AS subject,
    COALESCE(key_name, '') AS key_name,
    COALESCE(
      NULLIF(JSON_VALUE(delegate, '$.firstPartyPrincipal.principalEmail'), ''),
      NULLIF(JSON_VALUE(delegate, '$.first_party_principal.principal_email'), ''),
      NULLIF(JSON_VALUE(delegate, '$.principalSubject'), ''),
      NULLIF(JSON_VALUE(delegate, '$.principal_subject'), ''),
      JSON_VALUE(delegate, '$.thirdPartyPrincipal.thirdPartyClaims.sub'),
      JSON_VALUE(delegate, '$.third_party_principal.third_party_claims.sub'),
      '') AS delegate,
    COALESCE(service, '') AS service,
    IF(service = 'iamcredentials.googleapis.com', COALESCE(method, ''), '') AS method,
    IF(service = 'iamcredentials.googleapis.com', COALESCE(target, ''), '') AS target,
    IF(service = 'iamcredentials.googleapis.com', COALESCE(resource_name, ''), '') AS resource_name,
    REGEXP_REPLACE(
      REGEXP_REPLACE(
        REGEXP_REPLACE(
          COALESCE(user_agent, ''),
          r'(^| )(?:[Ii]nvocation-id|pid|process-id|request-id|run-id|session-id|trace-id)[/=:][^ ]+', r'\1pid/0'),
        r'\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b', '00000000-0000-0000-0000-000000000000'),
      r'\b[0-9a-fA-F]{32,}\b', '00000000000000000000000000000000') AS user_agent,
    REGEXP_REPLACE(COALESCE(address, ''), r'^::[fF]{4}:([0-9.]+)$', r'\1') AS address,
    COALESCE(network, '') AS network,
    COALESCE(project, IF(STARTS_WITH(log_name, 'projects/'), SPLIT(log_name, '/')[SAFE_OFFSET(1)], ''), '') AS project
  FROM entries
  WHERE ENDS_WITH(email, 'gserviceaccount.com')
    OR (COALESCE(email, '') = '' AND STARTS_WITH(subject, 'principal://'))
    OR service = 'iamcredentials.googleapis.com'
),
by_address AS (
  SELECT
    email, subject, key_name, delegate, service, method, target, resource_name, user_agent, address, network, project,
    MIN(seen_at) AS first, MAX(seen_at) AS last, COUNT(*) AS calls
  FROM calls
  GROUP BY email, subject, key_name, delegate, service, method, target, resource_name, user_agent, address, network, project
),
expanded AS (
  SELECT
    email, subject, key_name, delegate, service, method, target, resource_name, user_agent, address, network, project,
    first, last, calls,
    REGEXP_CONTAINS(address, r'^[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}$') AS is_v4,
    REGEXP_CONTAINS(address, r'^[0-9a-fA-F:]*:[0-9a-fA-F:]*:[0-9a-fA-F:]*$') AS is_v6,
    SPLIT(address, '.') AS octets,
    REGEXP_REPLACE(REGEXP_REPLACE(LOWER(SPLIT(address, '::')[SAFE_OFFSET(0)]), r'([0-9a-f]+)', r'000\1'), r'[0-9a-f]*([0-9a-f]{4})(?::|$)', r'\1') AS head,
    REGEXP_REPLACE(REGEXP_REPLACE(LOWER(COALESCE(SPLIT(address, '::')[SAFE_OFFSET(1)], '')), r'([0-9a-f]+)', r'000\1'), r'[0-9a-f]*([0-9a-f]{4})(?::|$)', r'\1') AS tail
  FROM by_address
),
ranked AS (
  SELECT
    email, subject, key_name, delegate, service, method, target, resource_name, user_agent, address, network, project,
    first, last, calls,
    CASE
      WHEN address IN ('', 'private', 'gce-internal-ip') THEN address
      WHEN REGEXP_CONTAINS(LOWER(address), r'^(?:10\.|127\.|192\.168\.|169\.254\.|172\.(?:1[6-9]|2[0-9]|3[01])\.|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:|::1$)') THEN 'internal'
      WHEN is_v4 OR is_v6 THEN 'public'
      ELSE 'unreadable'
    END AS class,
    CASE
      WHEN is_v4 THEN '4' || LPAD(octets[SAFE_OFFSET(0)], 3, '0') || LPAD(octets[SAFE_OFFSET(1)], 3, '0') || LPAD(octets[SAFE_OFFSET(2)], 3, '0') || LPAD(octets[SAFE_OFFSET(3)], 3, '0')
      WHEN is_v6 THEN '6' || head || REPEAT('0', GREATEST(0, 32 - LENGTH(head) - LENGTH(tail))) || tail
      ELSE '7' || address
    END AS place
  FROM expanded
)
SELECT
  email, subject, key_name, delegate, service, method, target, resource_name, user_agent, network, project,
  ARRAY_AGG(address ORDER BY place LIMIT 5) AS addresses,
  MIN(first) AS first, MAX(last) AS last, SUM(calls) AS calls
FROM ranked
GROUP BY email, subject, key_name, delegate, service, method, target, resource_name, user_agent, network, project, class
