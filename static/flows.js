// The flows and their steps, and what people call them. Written by
// CERTGATE_UPDATE=1 go test ./handler -run Site; do not edit.

export const flows = {
  AddCertificateFunctions: {
    title: "Add",
    steps: [
      "GetApplicationGatewayPublicIpStep",
      "CheckDnsResolutionStep",
      "ChooseValidationStep",
      "GetAcmeOrderStep",
      "GetAcmeHttp01ChallengeStep",
      "UploadValidationFileToBlobStorageStep",
      "CreateDnsRecordsStep",
      "CheckDnsRecordsStep",
      "AnswerAcmeHttp01ChallengeStep",
      "CheckAcmeOrderStep",
      "CreateCertificateStep",
      "DeleteDnsRecordsStep",
      "DeleteValidationFileFromBlobStorageStep",
      "ConfigureApplicationGatewayStep",
      "VerifyServedCertificateStep",
    ],
  },
  AddMultipleCertificatesFunctions: {
    title: "Add several",
    steps: [
      "StartChildrenStep",
      "AwaitChildrenStep",
    ],
  },
  DeliverCertificateFunctions: {
    title: "Deliver",
    steps: [
      "AwaitDeliveryStep",
    ],
  },
  GiveBackListenerFunctions: {
    title: "Give back",
    steps: [
      "StopManagingStep",
      "PutListenersBackStep",
      "PutTagsBackStep",
    ],
  },
  ImportCertificateFunctions: {
    title: "Import",
    steps: [
      "GetApplicationGatewayPublicIpStep",
      "CheckDnsResolutionStep",
      "ImportCertificateStep",
      "ConfigureApplicationGatewayStep",
      "VerifyServedCertificateStep",
    ],
  },
  RenewCertificateFunctions: {
    title: "Renew",
    steps: [
      "GetApplicationGatewayPublicIpStep",
      "CheckDnsResolutionStep",
      "ChooseValidationStep",
      "GetAcmeOrderStep",
      "GetAcmeHttp01ChallengeStep",
      "UploadValidationFileToBlobStorageStep",
      "CreateDnsRecordsStep",
      "CheckDnsRecordsStep",
      "AnswerAcmeHttp01ChallengeStep",
      "CheckAcmeOrderStep",
      "CreateCertificateStep",
      "DeleteDnsRecordsStep",
      "DeleteValidationFileFromBlobStorageStep",
      "ConfigureApplicationGatewayStep",
      "VerifyServedCertificateStep",
    ],
  },
  RenewCertificatesFunctions: {
    title: "Renewal round",
    steps: [
      "RenewDueCertificatesStep",
      "CompareKeyVaultStep",
    ],
  },
  RetireCertificateFunctions: {
    title: "Retire",
    steps: [
      "RemoveFromApplicationGatewayStep",
      "StopRenewingStep",
      "RevokeCertificateStep",
      "DisableCertificateStep",
    ],
  },
  RevokeCertificateFunctions: {
    title: "Revoke",
    steps: [
      "RevokeCertificateStep",
      "RecordRevocationStep",
    ],
  },
  SurveyListeners: {
    title: "Survey of the gateway",
    steps: [
      "SurveyListenersStep",
    ],
  },
  TakeOverFunctions: {
    title: "Take over",
    steps: [
      "StartChildrenStep",
      "AwaitChildrenStep",
    ],
  },
  TakeOverListenerFunctions: {
    title: "Take over",
    steps: [
      "LookAtListenerStep",
      "AwaitQuietVaultStep",
      "RememberListenerStep",
      "TagCertificateStep",
      "PointListenerStep",
      "ProveListenerStep",
      "ScheduleRenewalStep",
    ],
  },
  UnpinListenerFunctions: {
    title: "Unpin",
    steps: [
      "UnpinListenerStep",
    ],
  },
  WatchCertificates: {
    title: "Watchdog round",
    steps: [
      "WatchCertificatesStep",
    ],
  },
};

export const titles = {
  GetApplicationGatewayPublicIpStep: "Look up the gateway’s address",
  CheckDnsResolutionStep: "Check DNS and CAA",
  ChooseValidationStep: "Choose the validation",
  GetAcmeOrderStep: "Place the order",
  GetAcmeHttp01ChallengeStep: "Get the challenge",
  UploadValidationFileToBlobStorageStep: "Upload the validation file",
  CreateDnsRecordsStep: "Write the DNS records",
  CheckDnsRecordsStep: "Wait for the name servers",
  AnswerAcmeHttp01ChallengeStep: "Answer the challenge",
  CheckAcmeOrderStep: "Wait for the authority",
  CreateCertificateStep: "Create the certificate",
  DeleteDnsRecordsStep: "Remove the DNS records",
  DeleteValidationFileFromBlobStorageStep: "Remove the validation file",
  ConfigureApplicationGatewayStep: "Configure the gateway",
  VerifyServedCertificateStep: "Check what the gateway serves",
  AbandonOrderStep: "Give back the order",
  PutListenersBackStep: "Give the listener its former certificate",
  NoteNotInstalledStep: "Note what is not installed",
  StartChildrenStep: "Start a job for each hostname",
  AwaitChildrenStep: "Wait for these jobs",
  TerminateChildrenStep: "Terminate the jobs that still run",
  AwaitDeliveryStep: "Look at what the target serves",
  StopManagingStep: "Stop renewing it",
  PutTagsBackStep: "Give it its former tags",
  ImportCertificateStep: "Import the certificate",
  NoteFailedRenewalStep: "Plan the next try",
  RenewDueCertificatesStep: "Start the renewals that are due",
  CompareKeyVaultStep: "Compare with Key Vault",
  RemoveFromApplicationGatewayStep: "Take it off the gateway",
  StopRenewingStep: "Stop renewing it",
  RevokeCertificateStep: "Revoke it at the authority",
  DisableCertificateStep: "Disable it in Key Vault",
  RecordRevocationStep: "Note the revocation",
  SurveyListenersStep: "Look at every listener",
  LookAtListenerStep: "Look at the listener",
  AwaitQuietVaultStep: "Wait for others’ work on it",
  RememberListenerStep: "Remember what is there",
  TagCertificateStep: "Change its tags in Key Vault",
  PointListenerStep: "Let the gateway follow renewals",
  ProveListenerStep: "Check what the gateway serves",
  ScheduleRenewalStep: "Plan its renewal",
  UndoTakeOverStep: "Put everything back",
  UnpinListenerStep: "Take the version out of the reference",
  WatchCertificatesStep: "Look at every certificate",
};
