# Runs a command as the same user without the rights of an administrator: with a filtered token, as programs have that
# are not run "as administrator". Nothing else about the session changes, so BITS takes its jobs, which it does not from
# an account that is not logged on interactively.
#
#   tools/run/as-standard-user.ps1 node script.js …
#
# Ends with the command's exit code.
param([Parameter(Mandatory, Position = 0)] [string] $Program, [Parameter(ValueFromRemainingArguments)] [string[]] $Rest)
$ErrorActionPreference = 'Stop'

Add-Type -TypeDefinition @'
using System;
using System.ComponentModel;
using System.Runtime.InteropServices;

public static class StandardUser {
  const uint NormalUser = 0x20000, UserScope = 2, Open = 1;
  const int TokenIntegrityLevel = 25;
  const uint UseStdHandles = 0x100, Infinite = 0xFFFFFFFF;

  [StructLayout(LayoutKind.Sequential, CharSet = CharSet.Unicode)]
  struct StartupInfo {
    public int cb;
    public string reserved, desktop, title;
    public int x, y, width, height, charsX, charsY, fill;
    public uint flags;
    public short show, reserved2Size;
    public IntPtr reserved2, input, output, error;
  }
  [StructLayout(LayoutKind.Sequential)]
  struct ProcessInfo { public IntPtr process, thread; public int processId, threadId; }
  [StructLayout(LayoutKind.Sequential)]
  struct Label { public IntPtr sid; public uint attributes; }

  [DllImport("advapi32", SetLastError = true)]
  static extern bool SaferCreateLevel(uint scope, uint level, uint open, out IntPtr handle, IntPtr reserved);
  [DllImport("advapi32", SetLastError = true)]
  static extern bool SaferComputeTokenFromLevel(IntPtr level, IntPtr from, out IntPtr token, uint flags, IntPtr reserved);
  [DllImport("advapi32", SetLastError = true, CharSet = CharSet.Unicode)]
  static extern bool ConvertStringSidToSid(string text, out IntPtr sid);
  [DllImport("advapi32", SetLastError = true)]
  static extern bool SetTokenInformation(IntPtr token, int what, ref Label label, int size);
  [DllImport("advapi32")]
  static extern int GetLengthSid(IntPtr sid);
  [DllImport("advapi32", SetLastError = true, CharSet = CharSet.Unicode)]
  static extern bool CreateProcessAsUser(IntPtr token, string program, string commandLine, IntPtr processSecurity,
    IntPtr threadSecurity, bool inherit, uint flags, IntPtr environment, string folder, ref StartupInfo startup,
    out ProcessInfo process);
  [DllImport("kernel32")]
  static extern IntPtr GetStdHandle(int which);
  [DllImport("kernel32", SetLastError = true)]
  static extern uint WaitForSingleObject(IntPtr handle, uint milliseconds);
  [DllImport("kernel32", SetLastError = true)]
  static extern bool GetExitCodeProcess(IntPtr process, out uint code);

  static void Check(bool ok, string what) {
    if (!ok) throw new Win32Exception(Marshal.GetLastWin32Error(), what);
  }

  public static int Run(string commandLine, string folder) {
    IntPtr level, token;
    Check(SaferCreateLevel(UserScope, NormalUser, Open, out level, IntPtr.Zero), "SaferCreateLevel");
    Check(SaferComputeTokenFromLevel(level, IntPtr.Zero, out token, 0, IntPtr.Zero), "SaferComputeTokenFromLevel");
    var label = new Label { attributes = 0x20 };
    Check(ConvertStringSidToSid("S-1-16-8192", out label.sid), "ConvertStringSidToSid"); // medium integrity
    Check(SetTokenInformation(token, TokenIntegrityLevel, ref label, Marshal.SizeOf(label) + GetLengthSid(label.sid)),
      "SetTokenInformation");
    var startup = new StartupInfo {
      flags = UseStdHandles, input = GetStdHandle(-10), output = GetStdHandle(-11), error = GetStdHandle(-12),
    };
    startup.cb = Marshal.SizeOf(startup);
    ProcessInfo started;
    Check(CreateProcessAsUser(token, null, commandLine, IntPtr.Zero, IntPtr.Zero, true, 0, IntPtr.Zero, folder,
      ref startup, out started), "CreateProcessAsUser");
    WaitForSingleObject(started.process, Infinite);
    uint code;
    Check(GetExitCodeProcess(started.process, out code), "GetExitCodeProcess");
    return unchecked((int)code);
  }
}
'@

$words = @((Get-Command $Program -CommandType Application | Select-Object -First 1).Source) + $Rest
$line = ($words | ForEach-Object { '"' + $_ + '"' }) -join ' '
exit [StandardUser]::Run($line, (Get-Location).Path)
