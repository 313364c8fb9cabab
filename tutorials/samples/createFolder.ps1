# What azure.macfile provisions a Windows server with: a folder, made once however often this runs.
$folder = 'C:\HelloWorld'
if (-not (Test-Path -Path $folder)) {
    New-Item -ItemType Directory -Path $folder
}
