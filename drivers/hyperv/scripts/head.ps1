# Every script begins so: what is asked comes as one JSON text, and is data from its first character to its last.
param([string] $Request)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$asked = ConvertFrom-Json -InputObject $Request
