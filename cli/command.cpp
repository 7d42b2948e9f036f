#include "cli/command.h"

#include "cli/load.h"
#include "cli/search.h"
#include "cli/serve.h"

namespace ringback::cli {

Program ringback_program() {
  Program program("ringback", "Ringback's vector database: a server, and what speaks to it.");
  program.command(
      "serve", "the vector database as a server; Qdrant's clients speak to it",
      [](const auto& words, auto& out, auto&) { return serve_command(words, out); }, serve_arguments);
  program.command("load", "texts into a collection of a server: the packages this machine knows", load_command,
                  load_arguments);
  program.command(
      "search", "what is nearest to a text in such a collection",
      [](const auto& words, auto& out, auto&) { return search_command(words, out); }, search_arguments);
  return program;
}

}  // namespace ringback::cli
