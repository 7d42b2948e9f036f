#include "cli/command.h"

int main(int count, char** words) { return ringback::cli::ringback_program().run({words + 1, words + count}); }
