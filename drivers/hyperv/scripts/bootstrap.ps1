# Over ssh: two lines of standard input in base64 (a script, and what it is asked), one line of output in base64.
$ErrorActionPreference = 'Stop'
$script = [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String([Console]::In.ReadLine()))
$request = [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String([Console]::In.ReadLine()))
try {
    $told = @{ answer = [string] (& ([ScriptBlock]::Create($script)) -Request $request); error = $null }
}
catch {
    $told = @{
        answer = $null
        error = @{
            id = [string] $_.FullyQualifiedErrorId
            category = [string] $_.CategoryInfo.Category
            message = [string] $_.Exception.Message
        }
    }
}
[Console]::Out.WriteLine([Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes((ConvertTo-Json -InputObject $told -Depth 4 -Compress))))
