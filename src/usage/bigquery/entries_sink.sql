-- Entries as a log sink writes them. A sink adds a column when an entry first needs it, so what lies inside these four
-- is read as JSON: a field that no entry has had yet is null then, and no error.
  SELECT
    sink.timestamp AS seen_at,
    sink.logName AS log_name,
    sink.protopayload_auditlog.serviceName AS service,
    sink.protopayload_auditlog.methodName AS method,
    sink.protopayload_auditlog.resourceName AS resource_name,
    JSON_VALUE(TO_JSON_STRING(sink.resource.labels), '$.project_id') AS project,
    JSON_VALUE(TO_JSON_STRING(sink.resource.labels), '$.email_id') AS target,
    JSON_VALUE(TO_JSON_STRING(sink.protopayload_auditlog.authenticationInfo), '$.principalEmail') AS email,
    JSON_VALUE(TO_JSON_STRING(sink.protopayload_auditlog.authenticationInfo), '$.principalSubject') AS subject,
    JSON_VALUE(TO_JSON_STRING(sink.protopayload_auditlog.authenticationInfo), '$.serviceAccountKeyName') AS key_name,
    ARRAY_REVERSE(JSON_QUERY_ARRAY(TO_JSON_STRING(sink.protopayload_auditlog.authenticationInfo), '$.serviceAccountDelegationInfo'))[SAFE_OFFSET(0)] AS delegate,
    JSON_VALUE(TO_JSON_STRING(sink.protopayload_auditlog.requestMetadata), '$.callerIp') AS address,
    JSON_VALUE(TO_JSON_STRING(sink.protopayload_auditlog.requestMetadata), '$.callerNetwork') AS network,
    JSON_VALUE(TO_JSON_STRING(sink.protopayload_auditlog.requestMetadata), '$.callerSuppliedUserAgent') AS user_agent,
    TO_JSON_STRING(sink.protopayload_auditlog.authorizationInfo) AS checks
  FROM `{table}` AS sink
  WHERE sink.timestamp >= @since AND sink.timestamp < @until{days}
