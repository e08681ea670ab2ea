"""A stand-in for a Hyper-V host: its protocol is psrpcore's, its PowerShell runs our own scripts.

    with HyperVEndpoint(HyperVModel(), folder) as endpoint, patch.dict(os.environ, endpoint.environment):
        open_endpoint(endpoint.uri, credentials=endpoint.credentials)

`values` and `powershell` run the part of the language that the scripts are written in, by the grammar of
tree-sitter-pwsh; `model` is the state of a host, `machine_cmdlets`, `part_cmdlets`, `switch_cmdlets` and
`file_cmdlets` are the cmdlets, which do what Microsoft's page of each says; `endpoint` is the WS-Management
server.
"""
