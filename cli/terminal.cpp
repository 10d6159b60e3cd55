#include "terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

namespace coulis::cli {
namespace {

bool WantsColour(int fd) {
  const char* no_colour = std::getenv("NO_COLOR");  // no-color.org
  return IsTerminal(fd) && (no_colour == nullptr || no_colour[0] == '\0');
}

std::string Coloured(int fd, const char* code, const std::string& text) {
  return WantsColour(fd) ? std::string("\x1b[") + code + "m" + text + "\x1b[0m" : text;
}

// Characters, not bytes: continuation bytes of UTF-8 take no column.
std::size_t Width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

bool IsTerminal(int fd) {
  return ::isatty(fd) == 1;
}

std::size_t TerminalColumns(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return std::max<std::size_t>(size.ws_col, 2);
}

std::string Grouped(std::int64_t number) {
  std::string digits = std::to_string(number);
  for (auto at = static_cast<std::int64_t>(digits.size()) - 3; at > (number < 0 ? 1 : 0); at -= 3) {
    digits.insert(static_cast<std::size_t>(at), ",");
  }
  return digits;
}

std::string Duration(double seconds) {
  char text[32];
  if (seconds < 9.95) {
    std::snprintf(text, sizeof(text), "%.1f s", seconds);
    return text;
  }
  const auto whole = static_cast<long long>(std::llround(seconds));
  if (whole < 60) {
    std::snprintf(text, sizeof(text), "%lld s", whole);
  } else if (whole < 3600) {
    std::snprintf(text, sizeof(text), "%lld:%02lld", whole / 60, whole % 60);
  } else {
    std::snprintf(text, sizeof(text), "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60, whole % 60);
  }
  return text;
}

std::string OneLine(const std::string& text) {
  std::string line;
  for (const char c : text) {
    if (c == '\n') {
      line += "\\n";
    } else if (c == '\r') {
      line += "\\r";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      line += '?';
    } else {
      line += c;
    }
  }
  return line;
}

void PrintError(const std::string& message) {
  std::fprintf(stderr, "coulis: %s: %s\n", Coloured(2, "1;31", "error").c_str(), OneLine(message).c_str());
}

void PrintWarning(const std::string& message) {
  std::fprintf(stderr, "coulis: %s: %s\n", Coloured(2, "1;33", "warning").c_str(), OneLine(message).c_str());
}

void PrintStep(const std::string& line) {
  std::fprintf(stderr, "%s\n", OneLine(line).c_str());
}

void PrintTable(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Width(row[i]));
  }
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += OneLine(row[i]);
      if (i + 1 < row.size()) line.append(widths[i] - Width(row[i]) + 2, ' ');
    }
    std::printf("%s\n", line.c_str());
  }
}

bool PrintChecks(const std::vector<Check>& checks, bool json) {
  const bool all_ok = std::all_of(checks.begin(), checks.end(), [](const Check& check) { return check.ok; });
  if (json) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const Check& check : checks) {
      list.push_back({{"check", check.name}, {"ok", check.ok}, {"detail", check.detail}});
    }
    std::printf("%s\n", list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
    return all_ok;
  }
  std::vector<std::vector<std::string>> rows;
  for (const Check& check : checks) {
    rows.push_back({check.ok ? "ok" : "FAILED", check.name, check.detail});
  }
  PrintTable(rows);
  return all_ok;
}

}  // namespace coulis::cli
