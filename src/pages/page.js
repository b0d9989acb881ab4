// What pages do beyond what they do without it: addresses are copied with one button, and the search needs none.
"use strict";
