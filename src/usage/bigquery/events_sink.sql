-- events: what happened to accounts and keys, from the activity log of a sink.
SELECT
  sink.timestamp AS seen_at,
  sink.protopayload_auditlog.methodName AS method,
  COALESCE(sink.protopayload_auditlog.resourceName, '') AS resource_name,
  COALESCE(JSON_VALUE(TO_JSON_STRING(sink.resource.labels), '$.email_id'), '') AS target,
  COALESCE(JSON_VALUE(TO_JSON_STRING(sink.resource.labels), '$.unique_id'), '') AS target_id,
  COALESCE(JSON_VALUE(TO_JSON_STRING(sink.protopayload_auditlog.authenticationInfo), '$.principalEmail'), '') AS email,
  COALESCE(JSON_VALUE(TO_JSON_STRING(sink.protopayload_auditlog.authenticationInfo), '$.principalSubject'), '') AS subject,
  sink.protopayload_auditlog.requestJson AS request,
  sink.protopayload_auditlog.responseJson AS response
FROM `{table}` AS sink
WHERE sink.timestamp >= @since AND sink.timestamp < @until{days}
  AND sink.protopayload_auditlog.serviceName = 'iam.googleapis.com'
  AND REGEXP_CONTAINS(sink.protopayload_auditlog.methodName, r'^google\.iam\.admin\.v1\.(?:Create|Delete|Disable|Enable|Undelete|Upload)ServiceAccount(?:Key)?$')
  AND COALESCE(sink.protopayload_auditlog.status.code, 0) = 0
