-- permissions: which permissions were checked on what, for whom, in which project's log. A resource that grows with the
-- data is cut to what holds it: an object to its bucket, a table to its dataset. The program cuts the rest, as for files.
WITH entries AS (
{entries}
),
checked AS (
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
    IF(service = 'iamcredentials.googleapis.com', service, '') AS service,
    IF(service = 'iamcredentials.googleapis.com', COALESCE(method, ''), '') AS method,
    COALESCE(project, IF(STARTS_WITH(log_name, 'projects/'), SPLIT(log_name, '/')[SAFE_OFFSET(1)], ''), '') AS project,
    COALESCE(JSON_VALUE(one_check, '$.permission'), '') AS permission,
    REGEXP_REPLACE(
      REGEXP_REPLACE(
        COALESCE(JSON_VALUE(one_check, '$.resource'), ''),
        r'^((?://[^/]+/)?(?:[^/]+/[^/]+/)*?[^/]+/[^/]+)/(?:batchPredictionJobs|builds|cryptoKeyVersions|customJobs|executions|managedFolders|models|objects|operations|pods|routines|sessions|tables|tasks|versions)(?:/.*)?$', r'\1'),
      r'^((?://[^/]+/)?projects/[^/]+)/jobs(?:/.*)?$', r'\1') AS resource,
    COALESCE(JSON_VALUE(one_check, '$.granted'), 'false') = 'true' AS granted
  FROM entries
  CROSS JOIN UNNEST(JSON_QUERY_ARRAY(checks)) AS one_check
  WHERE ENDS_WITH(email, 'gserviceaccount.com')
    OR (COALESCE(email, '') = '' AND STARTS_WITH(subject, 'principal://'))
    OR service = 'iamcredentials.googleapis.com'
)
SELECT
  email, subject, key_name, delegate, service, method, project, permission, resource, granted,
  MAX(seen_at) AS last, COUNT(*) AS calls
FROM checked
WHERE permission != ''
GROUP BY email, subject, key_name, delegate, service, method, project, permission, resource, granted
