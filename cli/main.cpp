#include "cli/command.h"

int main(int count, char** words) { return ringback::cli::run_command({words + 1, words + count}); }
